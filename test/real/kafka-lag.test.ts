import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Running } from '../../src/cli/running.ts';
import { startMeshpulse } from '../../src/cli/wire.ts';
import { loadConfig } from '../../src/config/load.ts';
import { noLog } from '../../src/telemetry/log.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';
import { KafkaCluster } from '../kafka/cluster.ts';
import { TestTopics } from '../kafka/stream.ts';
import { until } from '../stream/until.ts';
import { keepPosting } from './browser/shop.ts';
import { describePart } from './parts.ts';

const SERVICE = 'reviews.shop';
const IN_TIME_MS = 40_000;

describePart('kafka', 'how late roles on Kafka say that they are', (launcher) => {
  let cluster: KafkaCluster;
  let topics: TestTopics;
  const started: Running[] = [];
  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'meshpulse-kafka-'));
    cluster = await KafkaCluster.start(launcher, { nodes: 1, folder });
    topics = await TestTopics.create(cluster, 'lag', 1);
  });
  afterAll(async () => {
    await Promise.all(started.map((running) => running.stop()));
    await cluster?.stop();
  });

  const start = async (roles: string) => {
    const flags = { port: '0', roles, stream: 'kafka', brokers: cluster.bootstrap.join() };
    const config = loadConfig({ flags, env: {}, cwd: tmpdir() });
    const { kafka } = config.stream;
    if (kafka === undefined) throw new Error('no stream of Kafka is configured');
    const connection = { ...kafka.connection, prefix: topics.prefix, sessionTimeoutMs: 5_000 };
    const running = await startMeshpulse(
      { ...config, stream: { ...config.stream, kind: 'kafka', kafka: { ...kafka, connection } } },
      {
        clock: Date.now,
        log: noLog,
        metrics: new Metrics(),
        version: 'test',
        onFailed: (error) => {
          throw error;
        },
      },
    );
    started.push(running);
    return running;
  };
  const ask = async ({ url }: Running, path: string) => {
    const response = await fetch(`${url}${path}`);
    return { status: response.status, body: await response.text() };
  };
  const json = async (running: Running, path: string) =>
    JSON.parse((await ask(running, path)).body) as Record<string, unknown>;
  const health = async (api: Running) =>
    (await json(api, `/api/v1/services/${SERVICE}`)).health as string | undefined;
  const becomes = (api: Running, wanted: string) =>
    until(`the service is ${wanted}`, async () => (await health(api)) === wanted, IN_TIME_MS);
  const delays = async (api: Running) =>
    (await json(api, '/api/v1/partitions')).delays as { reason: string; lag: number | null }[];

  test('without an aggregate the services it counted are delayed, with another one healthy again; so it is without a broker', async () => {
    const receive = await start('receive');
    const first = await start('aggregate');
    const api = await start('api');
    const notifiers = [await start('notify'), await start('notify')];
    const posting = keepPosting(receive.url, [SERVICE]);
    try {
      await becomes(api, 'healthy');
      expect((await ask(first, '/metrics')).body).toMatch(
        /^meshpulse_aggregate_lag_records\{partition="\d"\} \d+$/m,
      );

      await first.stop();
      await becomes(api, 'delayed');
      await until('it says how many records wait', async () => {
        const [delay] = await delays(api);
        return delay?.reason === 'not_read' && (delay.lag ?? 0) > 0;
      });
      // The process itself does all it can.
      expect((await ask(api, '/readyz')).status).toBe(200);

      await start('aggregate');
      await becomes(api, 'healthy');
      await until('nothing waits', async () => (await delays(api)).length === 0);
    } finally {
      await posting.stop();
    }

    const bodies = await Promise.all(notifiers.map((one) => ask(one, '/readyz')));
    expect(bodies.map(({ status }) => status)).toEqual([200, 200]);
    expect(bodies.map(({ body }) => JSON.parse(body))).toContainEqual({
      status: 'ready',
      standby: ['notify'],
    });
    expect(bodies.map(({ body }) => JSON.parse(body))).toContainEqual({ status: 'ready' });

    await cluster.node(1).kill();
    await until(
      'the API is not ready',
      async () => (await ask(api, '/readyz')).status === 503,
      IN_TIME_MS,
    );
    expect((await delays(api)).map(({ reason, lag }) => [reason, lag])).toEqual([
      ['stream_unavailable', null],
    ]);
    expect(await health(api)).toBe('delayed');
    for (const one of notifiers) {
      await until(
        'a notifier is not ready, though it has nothing to tell',
        async () => (await ask(one, '/readyz')).body.includes('had no contact with Kafka for'),
        IN_TIME_MS,
      );
    }
    await cluster.node(1).start();
    for (const one of notifiers) {
      const isReady = async () => (await ask(one, '/readyz')).status === 200;
      await until('a notifier is ready again', isReady, IN_TIME_MS);
    }
    await until(
      'the API is ready, and nothing is late',
      async () => (await ask(api, '/readyz')).status === 200 && (await delays(api)).length === 0,
      IN_TIME_MS,
    );
  }, 180_000);
});
