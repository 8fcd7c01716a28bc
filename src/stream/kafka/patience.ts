import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../../telemetry/log.ts';
import type { KafkaCluster } from './client.ts';
import { isPassing, rootOf } from './kafka-errors.ts';

export interface Patience {
  /** After so many ms no try begins any more; Infinity: none is the last. */
  forMs: number;
  stopping?: AbortSignal;
  /** Told of what failed and will be tried again. */
  failed?: (error: unknown) => void;
  log: Log;
}

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;

/** Calls the cluster again while that may help, with what is known of it renewed. Rejects with what the last try threw. */
export async function patiently<T>(
  cluster: KafkaCluster,
  call: () => Promise<T>,
  { forMs, stopping, failed, log }: Patience,
): Promise<T> {
  const end = performance.now() + forMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    try {
      return await call();
    } catch (error) {
      failed?.(error);
      const over = stopping?.aborted === true || performance.now() + pauseMs >= end;
      if (over || !isPassing(error)) throw error;
      log.debug('kafka_try_again', { error: rootOf(error).message, pauseMs });
      await sleep(pauseMs, undefined, stopping ? { signal: stopping } : {}).catch(() => {});
      await renew(cluster, error);
    }
  }
}

/** Forgets a broker that has hung up; looks for leaders and coordinators anew. */
async function renew(cluster: KafkaCluster, error: unknown): Promise<void> {
  const { host, port } = rootOf(error);
  if (host !== undefined && port !== undefined) cluster.removeBroker({ host, port });
  try {
    if (!cluster.isConnected()) await cluster.connect();
    await cluster.refreshMetadata();
  } catch {
    // The next try says what is wrong.
  }
}

/** The broker that leads a partition. @throws what finding it threw: for {@link patiently} */
export async function leaderOf(cluster: KafkaCluster, topic: string, partition: number) {
  await cluster.refreshMetadataIfNecessary();
  const [nodeId] = Object.keys(cluster.findLeaderForPartitions(topic, [partition]));
  if (nodeId === undefined || nodeId === '-1') {
    throw Object.assign(new Error(`${topic}/${partition} has no leader now`), {
      type: 'LEADER_NOT_AVAILABLE',
    });
  }
  return cluster.findBroker({ nodeId });
}
