import type { Log } from '../../telemetry/log.ts';
import { StreamUnusable } from '../errors.ts';
import { type KafkaCluster, kafkaClient, openCluster } from '../kafka/client.ts';
import type { KafkaOptions } from '../kafka/options.ts';
import { topicName } from '../kafka/topics.ts';
import { fewSockets } from './few-sockets.ts';

export interface LaneConnectionOptions {
  kafka: KafkaOptions;
  /** Partitions of `requests` that senders reckon with. */
  partitions: number;
  log: Log;
}

/**
 * A lane's connections to the brokers: opened when they are needed, closed after some seconds without use, because an open
 * socket or a pending timer keeps a Durable Object alive, and paid for.
 */
export class LaneConnection {
  readonly cluster: KafkaCluster;
  readonly #options: LaneConnectionOptions;
  #reaching: Promise<void> | null = null;
  #closing: Promise<unknown> = Promise.resolve();
  #inUse = 0;
  #usedAt = 0;
  #idle: ReturnType<typeof setTimeout> | undefined;

  constructor(options: LaneConnectionOptions) {
    const { kafka, log } = options;
    this.#options = options;
    this.cluster = openCluster(kafkaClient(kafka, log, fewSockets(MOST_SOCKETS)));
  }

  get isOpen(): boolean {
    return this.#reaching !== null;
  }

  /** One for all who come at once. @throws what connecting threw; the next one tries again */
  readonly reach = (): Promise<void> => {
    this.#reaching ??= this.#reach().catch((error: unknown) => {
      this.#reaching = null;
      throw error;
    });
    return this.#reaching;
  };

  /** Stays open as long as it is in use, and some seconds more. */
  async use<T>(work: () => Promise<T>): Promise<T> {
    this.#inUse++;
    try {
      return await work();
    } finally {
      this.#inUse--;
      this.#usedAt = performance.now();
      this.#idle ??= setTimeout(this.#closeWhenIdle, IDLE_MS);
    }
  }

  /** One timer for all uses: setting one for each would cost more than the use. */
  readonly #closeWhenIdle = (): void => {
    this.#idle = undefined;
    const leftMs = this.#inUse > 0 ? IDLE_MS : this.#usedAt + IDLE_MS - performance.now();
    if (leftMs > 0) this.#idle = setTimeout(this.#closeWhenIdle, leftMs);
    else void this.close();
  };

  async close(): Promise<void> {
    clearTimeout(this.#idle);
    this.#idle = undefined;
    this.#reaching = null;
    this.#closing = this.cluster.disconnect().catch((error: unknown) => {
      this.#options.log.warn('lane_disconnect_failed', { error: String(error) });
    });
    await this.#closing;
  }

  async #reach(): Promise<void> {
    const { kafka, partitions } = this.#options;
    const requests = topicName(kafka.prefix, 'requests');
    await this.#closing;
    await this.cluster.connect();
    await this.cluster.addMultipleTargetTopics([requests, topicName(kafka.prefix, 'dead-letters')]);
    const found = this.cluster.findTopicPartitionMetadata(requests).length;
    if (found === partitions) return;
    throw new StreamUnusable(
      `${requests} has ${found} partitions, MESHPULSE_KAFKA_PARTITIONS says ${partitions}`,
    );
  }
}

/** A Durable Object may have six connections to the outside at once; one is spare. */
const MOST_SOCKETS = 5;
const IDLE_MS = 5_000;
