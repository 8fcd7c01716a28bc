import { SpanKind, trace } from '@opentelemetry/api';
import {
  AlwaysOffSampler,
  InMemorySpanExporter,
  type Sampler,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { afterEach, expect, test } from 'vitest';
import { createReceiver } from '../../src/receive/app.ts';
import { MemoryStream } from '../../src/stream/memory/memory-stream.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';
import { istioLine } from './payloads.ts';

afterEach(() => trace.disable());

/** Posts `body` with spans recorded; what was recorded, and the headers of what was appended. */
async function post(body: string, sampler?: Sampler) {
  const exporter = new InMemorySpanExporter();
  const spanProcessors = [new SimpleSpanProcessor({ exporter })];
  trace.setGlobalTracerProvider(
    new TracerProvider({ spanProcessors, ...(sampler === undefined ? {} : { sampler }) }),
  );
  const stream = new MemoryStream({ clock: () => 0 });
  const app = createReceiver({
    sink: stream,
    metrics: new Metrics(),
    clock: () => 0,
    ids: () => 'id',
    limits: { maxRecords: 2 },
  });
  const traceparent = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`;
  await app.request('/v1/access-logs', { method: 'POST', body, headers: { traceparent } });
  const spans = exporter.getFinishedSpans();
  const headers = (await stream.read('requests', 0, 0)).map((record) => record.headers);
  return { spans, headers };
}

test('one span per request, however many lines, and its context travels with the record', async () => {
  const { spans, headers } = await post(`${istioLine()}\n${istioLine()}`);
  expect(spans).toHaveLength(1);
  const span = spans[0]!;
  expect(span).toMatchObject({
    name: 'send requests',
    kind: SpanKind.PRODUCER,
    attributes: {
      'messaging.operation.type': 'send',
      'messaging.destination.name': 'requests',
      'messaging.batch.message_count': 1,
      'meshpulse.provider': 'anonymous',
      'http.response.status_code': 200,
    },
  });
  const { traceId, spanId } = span.spanContext();
  expect(headers).toEqual([{ traceparent: `00-${traceId}-${spanId}-01` }]);
  // The sender's context is payload, not ours to continue.
  expect(traceId).not.toBe('1'.repeat(32));
});

test('a refusal is an error with its code', async () => {
  const { spans } = await post(Array.from({ length: 3 }, () => istioLine()).join('\n'));
  expect(spans.map(({ attributes }) => attributes['error.type'])).toEqual(['too_many_records']);
});

test('where nothing is sampled, nothing travels', async () => {
  const { spans, headers } = await post(istioLine(), new AlwaysOffSampler());
  expect(spans).toEqual([]);
  expect(headers).toEqual([undefined]);
});
