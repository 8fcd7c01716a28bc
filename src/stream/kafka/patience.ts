import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../../telemetry/log.ts';
import type { KafkaCluster, PooledBroker } from './client.ts';
import { isPassing, rootOf } from './kafka-errors.ts';

export interface Patience {
  /** After so many ms no try begins any more; Infinity: none is the last. */
  forMs: number;
  stopping?: AbortSignal;
  /** Told of what failed and will be tried again. */
  failed?: (error: unknown) => void;
  /** Ends it although the error is one that may pass. */
  enough?: (error: unknown) => boolean;
  log: Log;
}

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;

/** Calls the cluster again while that may help, with what is known of it renewed. Rejects with what the last try threw. */
export async function patiently<T>(
  cluster: KafkaCluster,
  call: () => Promise<T>,
  { forMs, stopping, failed, enough, log }: Patience,
): Promise<T> {
  const end = performance.now() + forMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    try {
      return await call();
    } catch (error) {
      failed?.(error);
      const over = stopping?.aborted === true || performance.now() + pauseMs >= end;
      if (over || !isPassing(error) || enough?.(error) === true) throw error;
      log.debug('kafka_try_again', { error: rootOf(error).message, pauseMs });
      await sleep(pauseMs, undefined, stopping ? { signal: stopping } : {}).catch(() => {});
      await renew(cluster, error);
    }
  }
}

/** Leaves a broker that has hung up or does not answer; looks for leaders and coordinators anew. */
async function renew(cluster: KafkaCluster, error: unknown): Promise<void> {
  try {
    if (rootOf(error).message === HALF_CONNECTED) await cluster.brokerPool.createSeedBroker();
    else await leave(cluster, addressOf(error));
    if (!cluster.isConnected()) await cluster.connect();
    await cluster.refreshMetadata();
  } catch (again) {
    // The next try says what is wrong. kafkajs itself would ask a broker that does not answer for ever.
    await leave(cluster, addressOf(again)).catch(() => {});
  }
}

/**
 * What kafkajs says of a first broker that took the connection and then answered nothing: it keeps it for connected, and
 * does not say which one it is.
 */
const HALF_CONNECTED = 'Broker not connected';

async function leave(cluster: KafkaCluster, address: string | null): Promise<void> {
  if (address === null) return;
  const { brokers, seedBroker } = cluster.brokerPool;
  const isAt = ({ connectionPool: { host, port } }: PooledBroker) => `${host}:${port}` === address;
  if (seedBroker !== undefined && isAt(seedBroker)) await cluster.brokerPool.createSeedBroker();
  const left = Object.values(brokers).filter(isAt);
  for (const { connectionPool } of left) cluster.removeBroker(connectionPool);
  await Promise.all(left.map((broker) => broker.disconnect()));
}

/** Of the broker that an error of the connection is about. */
export function addressOf(error: unknown): string | null {
  const { broker, host, port } = rootOf(error);
  if (host !== undefined && port !== undefined) return `${host}:${port}`;
  return broker ?? null;
}

/** The broker that leads a partition. @throws what finding it threw: for {@link patiently} */
export async function leaderOf(cluster: KafkaCluster, topic: string, partition: number) {
  await cluster.refreshMetadataIfNecessary();
  const [nodeId] = Object.keys(cluster.findLeaderForPartitions(topic, [partition]));
  if (nodeId === undefined || nodeId === NO_LEADER) throw withoutLeader(`${topic}/${partition}`);
  return cluster.findBroker({ nodeId });
}

/** As a broker would say it. */
export function withoutLeader(what: string): Error {
  return Object.assign(new Error(`${what} has no leader now`), { type: 'LEADER_NOT_AVAILABLE' });
}

/** What kafkajs calls the leader of a partition that has none. */
export const NO_LEADER = '-1';
