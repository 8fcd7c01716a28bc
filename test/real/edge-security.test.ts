import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { LocalWorker } from '../../src/cli/demo/edge/local-worker.ts';
import { bundleWorker } from '../../src/cli/demo/edge/worker-bundle.ts';
import { KafkaCluster } from '../kafka/cluster.ts';
import { freePorts } from '../kafka/ports.ts';
import { TestTopics } from '../kafka/stream.ts';
import { istioLine } from '../receive/payloads.ts';
import { describePart } from './parts.ts';

const PARTITIONS = 2;

/** Lanes that say who they are, over TLS or not, to a broker that asks. */
describePart('kafka', 'A lane of the Worker, with a Kafka that asks who it is', (launcher) => {
  let folder: string;
  let cluster: KafkaCluster;
  let topics: TestTopics;
  let script: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'meshpulse-edge-security-'));
    script = await bundleWorker(join(folder, 'bundle'));
    const kafka = { nodes: 1, folder: join(folder, 'kafka'), security: true } as const;
    cluster = await KafkaCluster.start(launcher, kafka);
    topics = await TestTopics.create(cluster, 'security', PARTITIONS);
  }, 120_000);

  afterAll(async () => {
    await cluster?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** Posts a line to a Worker with these settings: where it went, and what its log says. */
  async function posted(settings: Record<string, string>, ca?: string) {
    const [port] = await freePorts(1);
    const worker = new LocalWorker({
      script,
      folder: await mkdtemp(join(folder, 'worker-')),
      port: port!,
      settings: {
        MESHPULSE_KAFKA_PREFIX: topics.prefix,
        MESHPULSE_KAFKA_PARTITIONS: `${PARTITIONS}`,
        ...settings,
      },
      ...(ca !== undefined && { ca }),
    });
    onTestFinished(() => worker.stop());
    await worker.start();
    const post = { method: 'POST', body: istioLine() };
    const { status } = await fetch(`${worker.url}/v1/access-logs`, post);
    const metrics = await (await fetch(`${worker.url}/metrics`)).text();
    const went = (to: string) =>
      Number(new RegExp(`lane_records_total\\{lane="0",to="${to}"\\} (\\d+)`).exec(metrics)?.[1]);
    return { status, brokers: went('brokers'), outbox: went('outbox'), log: worker.log };
  }

  test.each(['plain', 'scram-sha-256', 'scram-sha-512'])(
    'SASL %s',
    async (mechanism) => {
      const { username, password } = cluster.keys![mechanism === 'plain' ? 'plain' : 'scram'];
      const settings = {
        MESHPULSE_KAFKA_BROKERS: cluster.bootstrapOf('SASL_PLAINTEXT').join(),
        MESHPULSE_KAFKA_SASL: mechanism,
        MESHPULSE_KAFKA_USERNAME: username,
        MESHPULSE_KAFKA_PASSWORD: password,
      };
      expect(await posted(settings)).toMatchObject({ status: 200, brokers: 1, outbox: 0 });
      const wrong = await posted({ ...settings, MESHPULSE_KAFKA_PASSWORD: 'not-the-password' });
      expect(wrong).toMatchObject({ status: 200, brokers: 0, outbox: 1 });
      expect(wrong.log).toContain('lane_spills');
      expect(wrong.log).not.toContain('not-the-password');
    },
    60_000,
  );

  test('TLS with a certificate that is trusted, and with one that is not', async () => {
    const settings = {
      MESHPULSE_KAFKA_BROKERS: cluster.bootstrapOf('SASL_SSL').join(),
      MESHPULSE_KAFKA_TLS: 'true',
      MESHPULSE_KAFKA_SASL: 'scram-sha-512',
      MESHPULSE_KAFKA_USERNAME: cluster.keys!.scram.username,
      MESHPULSE_KAFKA_PASSWORD: cluster.keys!.scram.password,
    };
    const trusted = await posted(settings, cluster.keys!.ca);
    expect(trusted).toMatchObject({ status: 200, brokers: 1, outbox: 0 });
    expect(await posted(settings)).toMatchObject({ status: 200, brokers: 0, outbox: 1 });
  }, 60_000);
});
