import type { Log } from '../../telemetry/log.ts';
import type { Topic } from '../record.ts';

/** Where an API is that writes to Kafka, and who this client is to it. */
export interface KafkaRestApi {
  /** What the paths of its documentation are appended to, such as `https://pkc-1.eu.example.cloud/kafka`. */
  url: string;
  version: RestVersion;
  /** Null: nobody asks who it is. */
  auth: { username: string; password: string } | null;
}

/** v3 names the Kafka cluster in its paths. */
export type RestVersion = { name: 'v3'; cluster: string } | { name: 'v2' };

export interface KafkaRestOptions {
  api: KafkaRestApi;
  /** Topics are named `<prefix>.<topic>`. */
  prefix: string;
  /** How many partitions the topic has: the API may not say. */
  partitionsOf(topic: Topic): number;
  /** Most bytes that may wait to be appended. */
  maxWaitingBytes?: number;
  /** Most bytes of one request, unless one record alone has more. */
  maxRequestBytes?: number;
  /** How long one request may take, ms. */
  requestMs?: number;
  /** After so many ms no try of an append begins any more. */
  appendForMs?: number;
  timing?: Timing;
  log: Log;
}

export interface Timing {
  /** Of a clock that is never set, ms. */
  now(): number;
  sleep(ms: number): Promise<void>;
}

export const REAL_TIMING: Timing = {
  now: () => performance.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};
