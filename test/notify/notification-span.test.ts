import { context, SpanStatusCode, trace } from '@opentelemetry/api';
import {
  AlwaysOffSampler,
  InMemorySpanExporter,
  ParentBasedSampler,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { traced } from '../../src/aggregate/batch-span.ts';
import { rememberTrace, tracedSend } from '../../src/notify/notification-span.ts';
import type { AppendRecord, StreamRecord, Topic } from '../../src/stream/record.ts';
import { asyncContextManager } from '../../src/telemetry/async-context.ts';
import { firing } from './alerts.ts';

const exporter = new InMemorySpanExporter();

beforeEach(() => {
  exporter.reset();
  context.setGlobalContextManager(asyncContextManager());
  // Nothing begun here is sampled: only what a receiver has sampled is followed.
  const sampler = new ParentBasedSampler({ root: new AlwaysOffSampler() });
  const spanProcessors = [new SimpleSpanProcessor({ exporter })];
  trace.setGlobalTracerProvider(new TracerProvider({ sampler, spanProcessors }));
});

afterEach(() => {
  trace.disable();
  context.disable();
});

const part = (traceId?: string): StreamRecord => ({
  topic: 'requests',
  partition: 0,
  key: null,
  value: new Uint8Array(),
  offset: 0,
  time: 0,
  ...(traceId && { headers: { traceparent: `00-${traceId}-${'2'.repeat(16)}-01` } }),
});
const output = (topic: Topic): AppendRecord => ({ topic, partition: 0, key: 'k', value: null });
const A = 'a'.repeat(32);
const B = 'b'.repeat(32);

test('a traced part is followed from the stream to the notification of what came of it', async () => {
  const [state, alertRecord] = traced(0, [part(), part(A), part(B)], () => [
    output('state'),
    output('alerts'),
  ]);
  expect(state!.headers).toBeUndefined();
  const alert = firing();
  rememberTrace(alert, alertRecord!.headers);
  await tracedSend([alert], 'slack', async () => {});
  const [folded, sent] = exporter.getFinishedSpans();
  expect([folded!.name, sent!.name]).toEqual(['process requests', 'send notification']);
  expect([folded, sent].map((span) => span!.spanContext().traceId)).toEqual([A, A]);
  expect(sent!.parentSpanContext?.spanId).toBe(folded!.spanContext().spanId);
  expect(folded!.links.map((link) => link.context.traceId)).toEqual([A, B]);
});

test('what is not traced makes no span, and is sent', async () => {
  expect(traced(0, [part()], () => [output('alerts')])).toEqual([output('alerts')]);
  const alert = firing();
  rememberTrace(alert, undefined);
  let sent = 0;
  await tracedSend([alert], 'slack', async () => {
    sent++;
  });
  expect([sent, exporter.getFinishedSpans()]).toEqual([1, []]);
});

test('a notification that fails is seen in its span, and fails', async () => {
  const [record] = traced(0, [part(A)], () => [output('alerts')]);
  const alert = firing();
  rememberTrace(alert, record!.headers);
  const fails = () => Promise.reject(new Error('no'));
  await expect(tracedSend([alert], 'slack', fails)).rejects.toThrow('no');
  expect(exporter.getFinishedSpans()[1]!.status.code).toBe(SpanStatusCode.ERROR);
});
