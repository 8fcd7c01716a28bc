import { createHash, randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { istioLine } from '../receive/payloads.ts';
import { LambdaEnvironment } from './environment.ts';

const MIB = 1024 * 1024;
const sha256 = createHash('sha256').update('a/sender').digest('hex');
const SETTINGS = {
  MESHPULSE_SINK: 'kafka',
  MESHPULSE_TOKENS: JSON.stringify([{ provider: 'edge', scopes: ['ingest'], sha256 }]),
};

describe('the receiver on Lambda', () => {
  let broker: Server;
  let connections = 0;
  let environment: LambdaEnvironment;

  beforeAll(async () => {
    broker = createServer(() => connections++);
    await new Promise<void>((listening) => broker.listen(0, '127.0.0.1', listening));
    const { port } = broker.address() as AddressInfo;
    const env = { ...SETTINGS, MESHPULSE_KAFKA_BROKERS: `127.0.0.1:${port}` };
    environment = await LambdaEnvironment.start({ env });
  });
  afterAll(async () => {
    await environment.close();
    await new Promise((closed) => broker.close(closed));
  });

  const post = (path: string, body: Uint8Array<ArrayBuffer> | string, headers = {}) =>
    environment.fetch(path, { method: 'POST', body, headers });

  test('is up', async () => {
    const response = await environment.fetch('/healthz');
    expect([response.status, await response.json()]).toEqual([200, { status: 'ok' }]);
  });

  test('fails an invocation that is no HTTP request, and is there for the next', async () => {
    await expect(environment.invoke('null')).rejects.toThrow('TypeError');
    expect((await environment.fetch('/healthz')).status).toBe(200);
  });

  test('refuses what it can without a connection to Kafka', async () => {
    expect((await post('/v1/access-logs', istioLine())).status).toBe(401);
    const known = '/t/a%2Fsender/v1/access-logs';
    expect((await post(known, '', {})).status).toBe(200);
    const gzip = { 'content-encoding': 'gzip' };
    expect((await post(known, 'no gzip', gzip)).status).toBe(400);
    expect((await post('/v1/nothing', 'x')).status).toBe(404);
    expect(connections).toBe(0);
  });

  test('says itself that a compressed body is too large, before Lambda would', async () => {
    const bytes = gzipSync(randomBytes(4 * MIB + 1000), { level: 0 });
    const response = await post('/t/a%2Fsender/v1/access-logs', new Uint8Array(bytes), {
      'content-encoding': 'gzip',
    });
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({
      error: { message: `the body is ${bytes.length} bytes, at most ${4 * MIB} are taken` },
    });
  });

  test('connects for what it takes, and logs nothing but JSON', async () => {
    const posting = post('/t/a%2Fsender/v1/access-logs', istioLine());
    posting.catch(() => {});
    while (connections === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    expect(environment.said.out).toBe('');
  });
});

describe('a wrong setting', () => {
  test.each<[string, Record<string, string>]>([
    ['MESHPULSE_SINK', { MESHPULSE_SINK: 'memory' }],
    ['MESHPULSE_KAFKA_BROKERS', { MESHPULSE_KAFKA_BROKERS: 'kafka.example' }],
    ['MESHPULSE_TOKENS', { MESHPULSE_TOKENS: 'secret' }],
  ])('is told as an error of the start, and logged: %s', async (name, wrong) => {
    const right = { ...SETTINGS, MESHPULSE_KAFKA_BROKERS: '127.0.0.1:9' };
    const environment = await LambdaEnvironment.start({ env: { ...right, ...wrong } });
    try {
      expect(await environment.ended).toBe(1);
      expect(environment.api.initError).toMatchObject({ errorType: 'WrongSettings' });
      expect(environment.api.initError?.errorMessage).toContain(name);
      expect(environment.log).toEqual([
        {
          time: expect.any(String),
          level: 'error',
          event: 'settings_wrong',
          settings: expect.stringContaining(name),
        },
      ]);
      expect(environment.said.out + environment.said.err).not.toContain(wrong[name]);
    } finally {
      await environment.close();
    }
  });
});
