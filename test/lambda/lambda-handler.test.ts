import { gzipSync } from 'node:zlib';
import { Hono } from 'hono';
import { describe, expect, test } from 'vitest';
import { type HttpEvent, lambdaHandler } from '../../functions/lambda-handler.ts';
import { createReceiver } from '../../src/receive/app.ts';
import type { AppendRecord } from '../../src/stream/record.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';
import { eventOf, type FunctionAnswer } from './function-url.ts';

/** An app that answers with what it was asked. */
const mirror = new Hono();
mirror.all('/t/:token/*', (c) => c.json({ path: c.req.path, token: c.req.param('token') }));
mirror.all('*', async (c) => {
  const body = Buffer.from(await c.req.arrayBuffer()).toString('latin1');
  return c.json({ headers: c.req.header(), path: c.req.path, query: c.req.query(), body });
});

async function asked(event: HttpEvent) {
  const answer = (await lambdaHandler(mirror)(event)) as FunctionAnswer;
  expect(answer).toMatchObject({ statusCode: 200, isBase64Encoded: false });
  return JSON.parse(answer.body);
}

async function event(path: string, init?: RequestInit): Promise<Record<string, unknown>> {
  return JSON.parse((await eventOf(path, init)) ?? '');
}

describe('an event becomes a request', () => {
  test.each([
    ['a path as it was sent', '/t/a%2Fb%3Fc%20d/v1/logs', 'a/b?c d'],
    ['a path that an HTTP API has decoded', '/t/a?b#c d/v1/logs', 'a?b#c d'],
  ])('%s', async (_, rawPath, token) => {
    expect(await asked({ ...(await event('/')), rawPath })).toMatchObject({ token });
  });

  test('with its query, cookies, and headers that came more than once', async () => {
    const headers = new Headers([
      ['x-twice', '1'],
      ['x-twice', '2'],
      ['cookie', 'a=1; b=2'],
    ]);
    const sent = await event('/v1/logs?a=1&b=%26', { headers });
    expect(sent.cookies).toEqual(['a=1', 'b=2']);
    expect(await asked(sent)).toMatchObject({
      query: { a: '1', b: '&' },
      headers: { 'x-twice': '1, 2', cookie: 'a=1; b=2' },
    });
  });

  test.each([
    ['compressed bytes, whatever their type', gzipSync('x'), 'gzip', 'application/json', true],
    ['bytes of no type', Buffer.from([0, 255, 128, 10]), null, null, true],
    ['text that is no ASCII', Buffer.from('[" é€😀"]'), null, 'application/json', false],
  ])('%s', async (_, bytes, encoding, type, isBase64Encoded) => {
    const headers = new Headers();
    if (encoding !== null) headers.set('content-encoding', encoding);
    if (type !== null) headers.set('content-type', type);
    const sent = await event('/', { method: 'POST', body: new Uint8Array(bytes), headers });
    expect(sent.isBase64Encoded).toBe(isBase64Encoded);
    const { body, headers: got } = await asked(sent);
    expect(Buffer.from(body, 'latin1').equals(bytes)).toBe(true);
    expect(got['content-length']).toBe(String(bytes.length));
  });

  test('GET with a body, which no Web Request can have, is asked without', async () => {
    const sent = await event('/healthz');
    expect(await asked({ ...sent, body: 'x' })).toMatchObject({ path: '/healthz', body: '' });
  });
});

describe('an answer', () => {
  const answered = async (response: () => Response) => {
    const app = new Hono().get('/', response);
    return (await lambdaHandler(app)(await event('/'))) as FunctionAnswer;
  };

  test('in protobuf comes back as base64', async () => {
    const headers = { 'content-type': 'application/x-protobuf' };
    const bytes = Uint8Array.of(8, 3, 255, 0);
    const answer = await answered(() => new Response(bytes, { headers }));
    expect(answer).toMatchObject({ isBase64Encoded: true, headers });
    expect([...Buffer.from(answer.body, 'base64')]).toEqual([...bytes]);
  });

  test('without a body or a type is an empty text', async () => {
    const answer = await answered(() => new Response(null, { status: 202 }));
    expect(answer).toEqual({ statusCode: 202, headers: {}, body: '', isBase64Encoded: false });
  });

  test('waits for the samples of dead letters, as the process is frozen then', async () => {
    const kept: string[] = [];
    let write = () => {};
    const writing = new Promise<void>((resolve) => {
      write = resolve;
    });
    const app = createReceiver({
      sink: {
        partitions: () => 1,
        async append(records: readonly AppendRecord[]) {
          const [{ topic } = { topic: 'none' }] = records;
          if (topic === 'dead-letters') await writing;
          kept.push(topic);
          return [];
        },
      },
      metrics: new Metrics(),
      clock: () => 0,
      ids: () => 'id',
    });
    const sent = await event('/v1/access-logs', { method: 'POST', body: 'what is this' });
    const answering = lambdaHandler(app)(sent).then((answer) => {
      kept.push('answer');
      return answer;
    });
    // Everything that could run does, the answer too if it did not wait.
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    expect(kept).toEqual(['requests']);
    write();
    expect((await answering).statusCode).toBe(200);
    expect(kept).toEqual(['requests', 'dead-letters', 'answer']);
  });

  test('to what is no HTTP request is an error of the invocation, not a crash', async () => {
    await expect(lambdaHandler(mirror)(null as unknown as HttpEvent)).rejects.toThrow(TypeError);
  });
});
