import type { Kafka } from 'kafkajs';
import type { Log } from '../../telemetry/log.ts';
import { checkedBytes, checkPartition } from '../checks.ts';
import { StreamUnavailable, StreamUnusable } from '../errors.ts';
import type { StreamHealth } from '../health.ts';
import {
  type AppendRecord,
  type Position,
  type StreamRecord,
  TOPICS,
  type Topic,
} from '../record.ts';
import type { RecordSink } from '../sink.ts';
import type { Following, PartitionConsumer, RecordSource, Subscription } from '../source.ts';
import { Appends } from './appends.ts';
import { type KafkaCluster, kafkaClient, openCluster } from './client.ts';
import type { Silence } from './group-contact.ts';
import { isMismatch, isUnknownTopic, portError } from './kafka-errors.ts';
import { KafkaFollowing } from './kafka-following.ts';
import { KafkaSubscription } from './kafka-subscription.ts';
import { Offsets } from './offsets.ts';
import type { KafkaOptions } from './options.ts';
import { patiently } from './patience.ts';
import { topicName } from './topics.ts';
import { checkConfigs, checkPartitions, checkPresence } from './usable-topics.ts';

export interface KafkaStreamOptions {
  kafka: KafkaOptions;
  /** Most bytes that may wait to be appended. */
  maxWaitingBytes?: number;
  /** How long an append may be tried before it is refused, ms. */
  appendForMs?: number;
  log: Log;
  /** Told of what fails while it is opened and is tried again. */
  failing?: (error: unknown) => void;
}

interface Reading {
  stop(): Promise<void>;
  silence?(): Silence | null;
}

/** Both ports over a Kafka whose topics are there; see RATIONALE.md. */
export class KafkaStream implements RecordSink, RecordSource {
  readonly #options: KafkaStreamOptions;
  readonly #client: Kafka;
  readonly #cluster: KafkaCluster;
  readonly #offsets: Offsets;
  readonly #partitions: ReadonlyMap<Topic, number>;
  readonly #appends: Appends;
  readonly #readings = new Set<Reading>();
  readonly #closed = new AbortController();
  #closing: Promise<void> | null = null;

  /** @throws StreamUnusable when it is not to be reached, refuses us, or has not all topics as they must be */
  static async open(options: KafkaStreamOptions): Promise<KafkaStream> {
    const { kafka, log, failing } = options;
    const client = kafkaClient(kafka, log);
    const cluster = openCluster(client);
    const names = TOPICS.map((topic) => topicName(kafka.prefix, topic));
    try {
      await patiently(cluster, () => reach(cluster, names), {
        forMs: OPEN_MS,
        ...(failing && { failed: failing }),
        enough: isEnough(),
        log,
      });
      const partitionsOf = (topic: Topic) =>
        cluster.findTopicPartitionMetadata(topicName(kafka.prefix, topic)).length;
      const counts = new Map(TOPICS.map((topic) => [topic, partitionsOf(topic)]));
      checkPartitions(kafka.prefix, counts);
      await checkConfigs(kafka, log);
      return new KafkaStream(options, client, cluster, counts);
    } catch (error) {
      await cluster.disconnect();
      if (error instanceof StreamUnusable) throw error;
      if (isUnknownTopic(error)) await checkPresence(kafka, names, log);
      const { message } = portError(`${kafka.brokers.join(', ')} cannot be used`, error);
      throw new StreamUnusable(message, { cause: error });
    }
  }

  private constructor(
    options: KafkaStreamOptions,
    client: Kafka,
    cluster: KafkaCluster,
    partitions: ReadonlyMap<Topic, number>,
  ) {
    this.#options = options;
    this.#client = client;
    this.#cluster = cluster;
    this.#partitions = partitions;
    const {
      kafka,
      maxWaitingBytes = DEFAULT_WAITING_BYTES,
      appendForMs = APPEND_MS,
      log,
    } = options;
    const nameOf = (topic: Topic) => topicName(kafka.prefix, topic);
    const closed = this.#closed.signal;
    this.#offsets = new Offsets(cluster, nameOf, log, closed);
    this.#appends = new Appends({
      cluster,
      nameOf,
      maxWaitingBytes,
      forMs: appendForMs,
      closed,
      log,
    });
  }

  partitions(topic: Topic): number {
    return this.#partitions.get(topic) ?? 0;
  }

  async append(records: readonly AppendRecord[]): Promise<readonly Position[]> {
    this.#checkOpen();
    return this.#appends.append(records, checkedBytes(records, this));
  }

  async range(topic: Topic, partition: number): Promise<{ first: number; end: number }> {
    this.#checkReadable(topic, partition);
    return this.#offsets.range(topic, partition);
  }

  async ends(topic: Topic): Promise<readonly (number | null)[]> {
    this.#checkReadable(topic, 0);
    return this.#offsets.ends(topic, this.partitions(topic));
  }

  async read(
    topic: Topic,
    partition: number,
    from: number,
    maxBytes = READ_BYTES,
  ): Promise<StreamRecord[]> {
    this.#checkReadable(topic, partition);
    return this.#offsets.read(topic, partition, from, maxBytes);
  }

  async offsetAt(topic: Topic, partition: number, timeMs: number): Promise<number> {
    this.#checkReadable(topic, partition);
    return this.#offsets.at(topic, partition, timeMs);
  }

  async latest(topic: Topic): Promise<StreamRecord[]> {
    this.#checkReadable(topic, 0);
    const partitions = Array.from({ length: this.partitions(topic) }, (_, partition) => partition);
    const latest = await Promise.all(
      partitions.map((partition) => this.#offsets.latest(topic, partition)),
    );
    return latest.flat();
  }

  async subscribe(topic: Topic, group: string, consumer: PartitionConsumer): Promise<Subscription> {
    this.#checkReadable(topic, 0);
    const { kafka } = this.#options;
    const subscription = new KafkaSubscription({
      ...(await this.#readingOf(topic)),
      groupId: `${kafka.prefix}.${topic}.${group}`,
      sessionTimeoutMs: kafka.sessionTimeoutMs,
      consumer,
      append: (outputs) => {
        checkedBytes(outputs, this);
        return this.#appends.write(outputs);
      },
      released: () => this.#readings.delete(subscription),
    });
    this.#readings.add(subscription);
    return subscription;
  }

  async follow(
    topic: Topic,
    from: 'start' | 'end',
    onRecords: (records: readonly StreamRecord[]) => void | Promise<void>,
    onFailed?: (error: unknown) => void,
  ): Promise<Following> {
    this.#checkReadable(topic, 0);
    const following = await KafkaFollowing.open(
      {
        ...(await this.#readingOf(topic)),
        onRecords,
        onFailed,
        released: () => this.#readings.delete(following),
      },
      from,
    );
    this.#readings.add(following);
    return following;
  }

  /** Whether its last append was taken. */
  health(): StreamHealth {
    return this.#appends.health;
  }

  /** Of the groups that it is a member of, those with which it has been out of touch. */
  silences(): Silence[] {
    return [...this.#readings].flatMap((reading) => reading.silence?.() ?? []);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#readings].map((reading) => reading.stop()));
    await this.#appends.drained();
    this.#closed.abort();
    await this.#cluster.disconnect();
  }

  /** With connections of its own. */
  async #readingOf(topic: Topic) {
    const { kafka, log } = this.#options;
    const name = topicName(kafka.prefix, topic);
    const cluster = openCluster(this.#client);
    try {
      await patiently(cluster, () => reach(cluster, [name]), { forMs: OPEN_MS, log });
    } catch (error) {
      await cluster.disconnect();
      throw portError(`${name} cannot be read`, error);
    }
    return {
      topic,
      name,
      partitions: this.partitions(topic),
      cluster,
      offsets: this.#offsets,
      log,
    };
  }

  #checkReadable(topic: Topic, partition: number): void {
    this.#checkOpen();
    checkPartition(topic, partition, this);
  }

  #checkOpen(): void {
    if (this.#closing !== null) throw new StreamUnavailable('the stream is closed');
  }
}

/** What another try while opening will not mend. */
function isEnough(): (error: unknown) => boolean {
  let missingSince: number | null = null;
  return (error) => {
    if (!isUnknownTopic(error)) return isMismatch(error);
    missingSince ??= performance.now();
    return performance.now() - missingSince >= SPREAD_MS;
  };
}

/** @throws for `patiently`, what connecting threw, or that a topic is not there */
async function reach(cluster: KafkaCluster, names: string[]): Promise<void> {
  await cluster.connect();
  await cluster.addMultipleTargetTopics(names);
}

const READ_BYTES = 1024 * 1024;
const DEFAULT_WAITING_BYTES = 64 * 1024 * 1024;
const OPEN_MS = 10_000;
/** By then every broker knows of a topic that was made. */
const SPREAD_MS = 1_000;
/** Longer than a leader takes to be followed by another, shorter than senders wait. */
const APPEND_MS = 12_000;
