import { context, DiagLogLevel, diag, propagation, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { asyncContextManager } from './async-context.ts';
import { BoundedSpans } from './bounded-spans.ts';
import { type Log, noLog } from './log.ts';
import { Metrics } from './metrics.ts';
import { traceContextPropagator } from './traceparent.ts';

export interface TracingOptions {
  /** Base URL of an OTLP/HTTP collector, `/v1/traces` is appended; null traces nothing. */
  endpoint: string | null;
  headers?: Readonly<Record<string, string>>;
  /** Fraction 0–1 of the traces begun here; a trace begun elsewhere keeps its decision. */
  sampleRatio: number;
  version: string;
  log?: Log;
  metrics?: Metrics;
  /** How long an ended span waits for company, ms. */
  batchDelayMs?: number;
  /** How long one export may take with its retries, ms. */
  timeoutMs?: number;
}

export interface Tracing {
  /** Sends what waits now. Null when nothing is traced; never rejects. */
  flush(): Promise<void> | null;
  /** Sends what waits. Resolves after `deadlineMs` at the latest, whatever the collector does; never rejects. */
  shutdown(deadlineMs?: number): Promise<void>;
}

/**
 * Registers the tracer, the async context and W3C propagation for the whole process.
 * At most 2048 ended spans wait; a collector that is slow, away or wrong costs spans (counted), never a request.
 */
export function startTracing(options: TracingOptions): Tracing {
  if (options.endpoint === null) return { flush: () => null, shutdown: () => Promise.resolve() };
  const { log = noLog, metrics = new Metrics() } = options;
  const exporter = new OTLPTraceExporter({
    url: `${options.endpoint.replace(/\/+$/, '')}/v1/traces`,
    headers: { ...options.headers },
    timeoutMillis: options.timeoutMs ?? 10_000,
    concurrencyLimit: 2,
  });
  const spans = new BoundedSpans(
    exporter,
    (counted) =>
      new BatchSpanProcessor({
        exporter: counted,
        scheduledDelayMillis: options.batchDelayMs ?? 2000,
        exportTimeoutMillis: (options.timeoutMs ?? 10_000) + 1000,
      }),
    metrics,
  );
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      'service.name': 'meshpulse',
      'service.version': options.version,
    }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(options.sampleRatio) }),
    spanProcessors: [spans],
  });
  diag.setLogger(diagTo(log), { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  trace.setGlobalTracerProvider(provider);
  context.setGlobalContextManager(asyncContextManager());
  propagation.setGlobalPropagator(traceContextPropagator);

  let stopping: Promise<void> | null = null;
  return {
    flush: () => (spans.isEmpty ? null : provider.forceFlush().catch(() => {})),
    shutdown: (deadlineMs = 2000) => {
      stopping ??= stop(provider, deadlineMs);
      return stopping;
    },
  };
}

async function stop(provider: TracerProvider, deadlineMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, deadlineMs);
  });
  await Promise.race([provider.shutdown().catch(() => {}), deadline]);
  clearTimeout(timer);
  trace.disable();
  context.disable();
  propagation.disable();
  diag.disable();
}

/** What the SDK has to say about itself; it may repeat itself with every failed export. */
function diagTo(log: Log) {
  const say = (event: 'warn' | 'error') => (message: string) => log[event]('tracing', { message });
  return { error: say('error'), warn: say('warn'), info() {}, debug() {}, verbose() {} };
}
