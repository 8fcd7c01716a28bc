import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { context, type Span, SpanKind, type SpanOptions, trace } from '@opentelemetry/api';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { injectContext } from '../../src/telemetry/context.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';
import { startTracing, type Tracing, type TracingOptions } from '../../src/telemetry/tracing.ts';

interface Post {
  path: string;
  headers: IncomingHttpHeaders;
  body: { resourceSpans: ResourceSpans[] };
}
interface ResourceSpans {
  resource: { attributes: { key: string; value: { stringValue: string } }[] };
  scopeSpans: { spans: OtlpSpan[] }[];
}
interface OtlpSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  status: { code?: number; message?: string };
}

let posts: Post[];
let status: number;
let sink: Server;
let endpoint: string;
let tracing: Tracing | null;

beforeEach(async () => {
  posts = [];
  status = 200;
  tracing = null;
  sink = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as Post['body'];
      posts.push({ path: request.url ?? '', headers: request.headers, body });
      if (status !== 0)
        response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => sink.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(sink.address() as AddressInfo).port}`;
});

afterEach(async () => {
  await tracing?.shutdown(0);
  sink.closeAllConnections();
  await new Promise((resolve) => sink.close(resolve));
});

function start(options: Partial<TracingOptions> = {}): Metrics {
  const metrics = new Metrics();
  tracing = startTracing({
    endpoint,
    sampleRatio: 1,
    version: '1.2.3',
    batchDelayMs: 5,
    timeoutMs: 1000,
    metrics,
    ...options,
  });
  return metrics;
}

const arrived = () =>
  posts.flatMap(({ body }) =>
    body.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)),
  );

async function withSpan(name: string, options: SpanOptions, work: (span: Span) => Promise<void>) {
  await trace.getTracer('test').startActiveSpan(name, options, async (span) => {
    await work(span);
    span.end();
  });
}

describe('with an endpoint', () => {
  test('spans arrive at /v1/traces with our name, version and headers', async () => {
    const metrics = start({ headers: { 'x-team': 'mesh' } });
    await withSpan('send requests', { kind: SpanKind.PRODUCER }, async () => {});
    await expect.poll(() => arrived().map(({ name }) => name)).toEqual(['send requests']);
    expect(posts[0]!.path).toBe('/v1/traces');
    expect(posts[0]!.headers['x-team']).toBe('mesh');
    const resource = posts[0]!.body.resourceSpans[0]!.resource.attributes;
    expect(Object.fromEntries(resource.map(({ key, value }) => [key, value.stringValue]))).toEqual({
      'service.name': 'meshpulse',
      'service.version': '1.2.3',
    });
    await expect
      .poll(() => metrics.exposition())
      .toContain('meshpulse_own_spans_total{result="exported"} 1');
  });

  test('the active span is kept over await and becomes the parent', async () => {
    start();
    let headers: Record<string, string> = {};
    await withSpan('outer', {}, async () => {
      await new Promise((resolve) => setImmediate(resolve));
      headers = injectContext();
      await Promise.all([
        withSpan('left', {}, async () => {}),
        withSpan('right', {}, async () => {}),
      ]);
    });
    await expect.poll(() => arrived().length).toBe(3);
    const byName = Object.fromEntries(arrived().map((span) => [span.name, span]));
    const outer = byName.outer!;
    expect(headers.traceparent).toBe(`00-${outer.traceId}-${outer.spanId}-01`);
    expect(byName.left!.parentSpanId).toBe(outer.spanId);
    expect(byName.right!.parentSpanId).toBe(outer.spanId);
    expect(trace.getSpanContext(context.active())).toBeUndefined();
  });

  test('what is ended before the stop still arrives', async () => {
    start({ batchDelayMs: 3_600_000 });
    await withSpan('last', {}, async () => {});
    await tracing!.shutdown();
    expect(arrived().map(({ name }) => name)).toEqual(['last']);
  });

  test('a ratio of 0 keeps nothing, and nothing is carried in headers', async () => {
    start({ sampleRatio: 0 });
    await withSpan('unsampled', {}, async () => {
      expect(injectContext()).toEqual({});
    });
    await tracing!.shutdown();
    expect(posts).toEqual([]);
  });
});

describe('a collector in trouble', () => {
  test('that refuses costs spans, which are counted, and nothing else', async () => {
    status = 400;
    const metrics = start();
    await withSpan('x', {}, async () => {});
    await expect
      .poll(() => metrics.exposition())
      .toContain('meshpulse_own_spans_total{result="failed"} 1');
  });

  test('that is not there does not fail the stop', async () => {
    const away = createServer();
    await new Promise<void>((resolve) => away.listen(0, '127.0.0.1', resolve));
    const { port } = away.address() as AddressInfo;
    await new Promise((resolve) => away.close(resolve));
    start({ endpoint: `http://127.0.0.1:${port}`, timeoutMs: 50 });
    await withSpan('x', {}, async () => {});
    await expect(tracing!.shutdown(5000)).resolves.toBeUndefined();
  });

  test('that hangs lets the stop go on at its deadline, and never more than 2048 spans wait', async () => {
    status = 0;
    const metrics = start({ timeoutMs: 60_000 });
    for (let index = 0; index < 3000; index++) await withSpan('x', {}, async () => {});
    expect(metrics.exposition()).toContain(
      'meshpulse_own_spans_total{result="dropped_queue_full"} 952',
    );
    await expect(tracing!.shutdown(10)).resolves.toBeUndefined();
  });
});

test('without an endpoint nothing is recorded or registered', async () => {
  start({ endpoint: null });
  await withSpan('x', {}, async (span) => {
    expect(span.isRecording()).toBe(false);
    expect(injectContext()).toEqual({});
  });
  await tracing!.shutdown();
  expect(posts).toEqual([]);
});
