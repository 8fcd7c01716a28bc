import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalWorker } from '../src/cli/demo/edge/local-worker.ts';
import { bundleWorker } from '../src/cli/demo/edge/worker-bundle.ts';
import { KafkaCluster } from '../test/kafka/cluster.ts';
import { freePorts } from '../test/kafka/ports.ts';
import { TestTopics } from '../test/kafka/stream.ts';
import { cpuSeconds } from '../test/real/edge/process.ts';
import { findPart, missingPart } from '../test/real/parts.ts';
import { SHAPES, type ShapeName } from './load/payloads.ts';
import { send } from './load/send.ts';

const MEASURED: readonly ShapeName[] = ['zipkin5', 'zipkin100', 'otlpAttributes100'];
const CONNECTIONS = 16;
const PARTITIONS = 4;
const FLOOR = join(import.meta.dirname, 'edge/floor-worker.js');

/**
 * The Worker in workerd, as it is deployed: CPU time of one post, door, lane and all that Kafka's protocol takes, and the time
 * until it is acknowledged; beside what workerd itself takes for a post, and for one with a call to a Durable Object.
 */
export async function run(smoke: boolean): Promise<void> {
  const launcher = findPart('kafka');
  if (launcher === null) {
    console.log(`skipped: ${missingPart('kafka')}`);
    return;
  }
  const folder = await mkdtemp(join(tmpdir(), 'meshpulse-edge-'));
  const cluster = await KafkaCluster.start(launcher, { nodes: 1, folder: join(folder, 'kafka') });
  try {
    const topics = await TestTopics.create(cluster, 'edge', PARTITIONS);
    const script = await bundleWorker(join(folder, 'bundle'));
    const settings = {
      MESHPULSE_KAFKA_BROKERS: cluster.bootstrap.join(','),
      MESHPULSE_KAFKA_PREFIX: topics.prefix,
      MESHPULSE_KAFKA_PARTITIONS: `${PARTITIONS}`,
    };
    const measured = [
      { name: 'body read, answered', script: FLOOR, settings: {} },
      { name: 'with a call to a Durable Object', script: FLOOR, settings: { CALLS: 'true' } },
      { name: 'the Worker, through its lane into Kafka', script, settings },
    ];
    for (const { name, ...worker } of measured) {
      console.log(name);
      const [port] = await freePorts(1);
      await measure({ ...worker, folder: join(folder, name), port: port! }, smoke);
    }
  } finally {
    await cluster.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure(
  options: ConstructorParameters<typeof LocalWorker>[0],
  smoke: boolean,
): Promise<void> {
  const worker = new LocalWorker(options);
  await worker.start();
  try {
    let firstPost = 0;
    for (const shape of smoke ? MEASURED.slice(0, 1) : MEASURED) {
      const job = { url: worker.url, shape, connections: CONNECTIONS };
      const limits = smoke ? { posts: 64, ms: 5_000 } : { posts: 1_000_000, ms: 10_000 };
      await send({ ...job, posts: 1_000_000, ms: smoke ? 500 : 3_000, firstPost });
      firstPost += 1_000_000;
      const from = cpuSeconds(worker.pid);
      const sent = await send({ ...job, ...limits, firstPost });
      firstPost += 1_000_000;
      const perPost = ((cpuSeconds(worker.pid) - from) * 1_000) / sent.posts;
      console.log(
        `  ${SHAPES[shape].name}: ${perPost.toFixed(2)} ms CPU a post of ${sent.posts}; ` +
          `answered p50 ${sent.p50.toFixed(1)} ms, p99 ${sent.p99.toFixed(1)} ms`,
      );
    }
  } finally {
    await worker.stop();
  }
}
