import { type Context, TraceFlags } from '@opentelemetry/api';
import type { ReadableSpan, Span, SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace';
import type { Family, Metrics } from './metrics.ts';

/** The SDK's own bound, taken here so that what does not fit can be counted. */
const MAX_WAITING = 2048;

/** In front of the SDK's batching: a bound on what waits, and a counter for where each sampled span went. */
export class BoundedSpans implements SpanProcessor {
  readonly #next: SpanProcessor;
  readonly #spans: Family;
  #waiting = 0;

  constructor(
    exporter: SpanExporter,
    batch: (counted: SpanExporter) => SpanProcessor,
    metrics: Metrics,
  ) {
    this.#spans = metrics.counter(
      'meshpulse_own_spans_total',
      'Sampled spans of this process by what became of them.',
    );
    this.#next = batch({
      export: (spans, done) =>
        exporter.export(spans, (result) => {
          this.#waiting -= spans.length;
          // 0 is SUCCESS (ExportResultCode of @opentelemetry/core).
          this.#spans.inc({ result: result.code === 0 ? 'exported' : 'failed' }, spans.length);
          done(result);
        }),
      shutdown: () => exporter.shutdown(),
      forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
    });
  }

  /** No ended span waits to be sent. */
  get isEmpty(): boolean {
    return this.#waiting === 0;
  }

  onStart(span: Span, parent: Context): void {
    this.#next.onStart(span, parent);
  }

  onEnd(span: ReadableSpan): void {
    if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) === 0) return;
    if (this.#waiting >= MAX_WAITING) {
      this.#spans.inc({ result: 'dropped_queue_full' });
      return;
    }
    this.#waiting++;
    this.#next.onEnd(span);
  }

  forceFlush(): Promise<void> {
    return this.#next.forceFlush();
  }

  shutdown(): Promise<void> {
    return this.#next.shutdown();
  }
}
