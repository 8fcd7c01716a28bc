import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalWorker } from '../src/cli/demo/edge/local-worker.ts';
import { bundleWorker } from '../src/cli/demo/edge/worker-bundle.ts';
import { KafkaCluster } from '../test/kafka/cluster.ts';
import { freePorts } from '../test/kafka/ports.ts';
import { TestTopics } from '../test/kafka/stream.ts';
import { findPart, missingPart } from '../test/real/parts.ts';
import { SHAPES, type ShapeName } from './load/payloads.ts';
import { send } from './load/send.ts';

const MEASURED: readonly ShapeName[] = ['zipkin5', 'zipkin100', 'otlpAttributes100'];
const CONNECTIONS = 16;
const PARTITIONS = 4;
const TICKS_PER_SECOND = 100;

/**
 * The Worker in workerd, as it is deployed: CPU time of one post, door, lane and all that Kafka's protocol takes, and the time
 * until it is acknowledged.
 */
export async function run(smoke: boolean): Promise<void> {
  const launcher = findPart('kafka');
  if (launcher === null) {
    console.log(`skipped: ${missingPart('kafka')}`);
    return;
  }
  const folder = await mkdtemp(join(tmpdir(), 'meshpulse-edge-'));
  const cluster = await KafkaCluster.start(launcher, { nodes: 1, folder: join(folder, 'kafka') });
  const topics = await TestTopics.create(cluster, 'edge', PARTITIONS);
  const [port] = await freePorts(1);
  const worker = new LocalWorker({
    script: await bundleWorker(join(folder, 'bundle')),
    folder,
    port: port!,
    settings: {
      MESHPULSE_KAFKA_BROKERS: cluster.bootstrap.join(','),
      MESHPULSE_KAFKA_PREFIX: topics.prefix,
      MESHPULSE_KAFKA_PARTITIONS: `${PARTITIONS}`,
    },
  });
  try {
    await worker.start();
    let firstPost = 0;
    for (const shape of smoke ? MEASURED.slice(0, 1) : MEASURED) {
      const job = { url: worker.url, shape, connections: CONNECTIONS };
      const limits = smoke ? { posts: 64, ms: 5_000 } : { posts: 1_000_000, ms: 10_000 };
      const warm = await send({ ...job, posts: 1_000_000, ms: smoke ? 500 : 3_000, firstPost });
      const from = cpuSeconds(worker.pid);
      firstPost += 1_000_000;
      const sent = await send({ ...job, ...limits, firstPost });
      firstPost += 1_000_000;
      const perPost = ((cpuSeconds(worker.pid) - from) * 1_000) / sent.posts;
      console.log(
        `${SHAPES[shape].name}: ${perPost.toFixed(2)} ms CPU a post, ${sent.posts} posts after ${warm.posts}; ` +
          `acknowledged p50 ${sent.p50.toFixed(1)} ms, p99 ${sent.p99.toFixed(1)} ms`,
      );
    }
  } finally {
    await worker.stop();
    await cluster.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const [user, system] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13);
  return (Number(user) + Number(system)) / TICKS_PER_SECOND;
}
