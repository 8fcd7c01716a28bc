import { createHash, randomBytes } from 'node:crypto';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { decodeMessage } from '../../src/packed/codec.ts';
import { events } from '../receive/harness.ts';
import { istioLine } from '../receive/payloads.ts';
import { type Call, CLUSTER, fail, RestServer } from '../stream/kafka-rest/rest-server.ts';
import { until } from '../stream/until.ts';
import { LambdaEnvironment } from './environment.ts';

const MIB = 1024 * 1024;
const PARTITIONS = 4;
/** Where others keep the machine busy. */
const START_MS = 60_000;
const sha256 = createHash('sha256').update('a/sender').digest('hex');
const TOKENS = JSON.stringify([{ provider: 'edge', scopes: ['ingest'], sha256 }]);
const DOOR = '/t/a%2Fsender/v1/access-logs';

type Body = Uint8Array<ArrayBuffer> | string;
const post = ({ fetch }: LambdaEnvironment, path: string, body: Body, headers = {}) =>
  fetch(path, { method: 'POST', body, headers });

describe('the receiver on Lambda, with Kafka over HTTP', () => {
  let rest: RestServer;
  let environments: LambdaEnvironment[];

  beforeAll(async () => {
    rest = await RestServer.start({ version: 'v3', partitions: PARTITIONS });
    const env = {
      MESHPULSE_SINK: 'kafka-rest',
      MESHPULSE_TOKENS: TOKENS,
      MESHPULSE_KAFKA_REST_URL: rest.url,
      MESHPULSE_KAFKA_REST_CLUSTER: CLUSTER,
      MESHPULSE_KAFKA_PREFIX: 't',
      MESHPULSE_KAFKA_PARTITIONS: String(PARTITIONS),
    };
    environments = [await LambdaEnvironment.start({ env }), await LambdaEnvironment.start({ env })];
  });
  afterAll(async () => {
    for (const environment of environments) await environment.close();
    await rest.stop();
  });
  beforeEach(() => rest.next.splice(0));

  /** Codes of the requests that were written to Kafka. */
  async function codes(): Promise<unknown[]> {
    const all: unknown[] = [];
    for (let partition = 0; partition < PARTITIONS; partition++) {
      for (const { value } of await rest.stream.read('requests', partition, 0)) {
        const message = decodeMessage(value!);
        if (message.kind === 'parts') all.push(...events(message.parts).map(({ code }) => code));
      }
    }
    return all.sort();
  }

  test('two environments take a request each at the same time', async () => {
    const waiting: Call[] = [];
    const hold = (call: Call) => waiting.push(call);
    rest.next.push(hold, hold);
    const posting = environments.map((environment, n) =>
      post(environment, DOOR, istioLine(200 + n, '-', `at once ${n}`)),
    );
    await until('both are on their way to Kafka', () => waiting.length === 2, START_MS);
    for (const call of waiting) call.answer(await call.write(call.records));
    const answers = await Promise.all(posting);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(await codes()).toEqual([200, 201]);
  });

  test('is warm for the next, which comes compressed', async () => {
    const body = new Uint8Array(gzipSync(istioLine(404, '-', 'compressed')));
    const response = await post(environments[0]!, DOOR, body, { 'content-encoding': 'gzip' });
    expect(await response.json()).toEqual({ records: 1, accepted: 1, dead_lettered: {} });
    expect(await codes()).toEqual([200, 201, 404]);
  });

  test('what Kafka does not take is not acknowledged, and logged as JSON', async () => {
    rest.next.push(({ response }) => fail(response, 403, 40_301, 'not allowed'));
    const response = await post(environments[0]!, DOOR, istioLine(500, '-', 'refused'));
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
    const said = environments[0]!.log.map(({ event }) => event);
    expect(said).toEqual(['kafka_rest_unusable', 'stream_unavailable']);
    expect(await codes()).toEqual([200, 201, 404]);
  });
});

describe('the receiver on Lambda, with Kafka over sockets', () => {
  let broker: Server;
  let connections = 0;
  let environment: LambdaEnvironment;

  beforeAll(async () => {
    broker = createServer((socket) => {
      connections++;
      // Else it would not notice that the other side has gone.
      socket.resume();
    });
    await new Promise<void>((listening) => broker.listen(0, '127.0.0.1', listening));
    const { port } = broker.address() as AddressInfo;
    environment = await LambdaEnvironment.start({
      env: {
        MESHPULSE_SINK: 'kafka',
        MESHPULSE_TOKENS: TOKENS,
        MESHPULSE_KAFKA_BROKERS: `127.0.0.1:${port}`,
      },
    });
    await environment.fetch('/healthz');
  }, START_MS);
  afterAll(async () => {
    await environment.close();
    await new Promise((closed) => broker.close(closed));
  });

  test('is up', async () => {
    const response = await environment.fetch('/healthz');
    expect([response.status, await response.json()]).toEqual([200, { status: 'ok' }]);
  });

  test('fails an invocation that is no HTTP request, and is there for the next', async () => {
    await expect(environment.invoke('null')).rejects.toThrow('TypeError');
    expect((await environment.fetch('/healthz')).status).toBe(200);
  });

  test('refuses what it can without a connection to Kafka', async () => {
    const gzip = { 'content-encoding': 'gzip' };
    expect((await post(environment, '/v1/access-logs', istioLine())).status).toBe(401);
    expect((await post(environment, DOOR, '')).status).toBe(200);
    expect((await post(environment, DOOR, 'no gzip', gzip)).status).toBe(400);
    expect((await post(environment, '/v1/nothing', 'x')).status).toBe(404);
    expect(connections).toBe(0);
  });

  test('says itself that a compressed body is too large, before Lambda would', async () => {
    const bytes = new Uint8Array(gzipSync(randomBytes(4 * MIB + 1000), { level: 0 }));
    const response = await post(environment, DOOR, bytes, { 'content-encoding': 'gzip' });
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({
      error: { message: `the body is ${bytes.length} bytes, at most ${4 * MIB} are taken` },
    });
  });

  test('connects for what it takes', async () => {
    // Never answered, as this broker says nothing: the environment's end is its end.
    post(environment, DOOR, istioLine()).catch(() => {});
    await until('it is connected', () => connections > 0, START_MS);
  });
});

test.each([
  ['that cannot be read', 'secret'],
  [
    'whose rate nobody could hold',
    JSON.stringify([{ provider: 'edge', scopes: ['ingest'], sha256, recordsPerSecond: 9 }]),
  ],
])(
  'tokens %s are an error of the start, named in the log without their value',
  async (_, tokens) => {
    const environment = await LambdaEnvironment.start({ env: { MESHPULSE_TOKENS: tokens } });
    try {
      expect(await environment.ended).toBe(1);
      const named = expect.stringContaining('MESHPULSE_TOKENS');
      expect(environment.api.initError).toMatchObject({
        errorType: 'WrongSettings',
        errorMessage: named,
      });
      expect(environment.log).toEqual([
        { time: expect.any(String), level: 'error', event: 'settings_wrong', settings: named },
      ]);
      expect(environment.said.out + environment.said.err).not.toContain(tokens);
    } finally {
      await environment.close();
    }
  },
);
