import type { Kafka } from 'kafkajs';
import type { Log } from '../../telemetry/log.ts';
import { checkedBytes, checkPartition } from '../checks.ts';
import { RecordTooLarge, StreamFull, StreamUnavailable, StreamUnusable } from '../errors.ts';
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
import { type KafkaCluster, kafkaClient, openCluster } from './client.ts';
import { portError } from './kafka-errors.ts';
import { KafkaFollowing } from './kafka-following.ts';
import { KafkaSubscription } from './kafka-subscription.ts';
import { Offsets } from './offsets.ts';
import type { KafkaOptions } from './options.ts';
import { PartitionAppender } from './partition-appender.ts';
import { leaderOf, patiently } from './patience.ts';

export interface KafkaStreamOptions {
  kafka: KafkaOptions;
  /** Most bytes that may wait to be appended. */
  maxWaitingBytes?: number;
  /** How long an append may be tried before it is refused, ms. */
  appendForMs?: number;
  log: Log;
}

interface Reading {
  stop(): Promise<void>;
}

/** Both ports over a Kafka whose topics are there; see RATIONALE.md. */
export class KafkaStream implements RecordSink, RecordSource {
  readonly #options: KafkaStreamOptions;
  readonly #client: Kafka;
  readonly #cluster: KafkaCluster;
  readonly #offsets: Offsets;
  readonly #partitions: ReadonlyMap<Topic, number>;
  readonly #appenders = new Map<string, PartitionAppender>();
  readonly #readings = new Set<Reading>();
  readonly #closed = new AbortController();
  #waitingBytes = 0;
  #closing: Promise<void> | null = null;
  #health: StreamHealth = { writable: true, why: null };

  /** @throws StreamUnusable when it is not to be reached, refuses us, or has not all topics */
  static async open(options: KafkaStreamOptions): Promise<KafkaStream> {
    const { kafka, log } = options;
    const client = kafkaClient(kafka, log);
    const cluster = openCluster(client);
    const names = TOPICS.map((topic) => nameOf(kafka, topic));
    try {
      await patiently(cluster, () => reach(cluster, names), { forMs: OPEN_MS, log });
      const counts = TOPICS.map(
        (topic) =>
          [topic, cluster.findTopicPartitionMetadata(nameOf(kafka, topic)).length] as const,
      );
      return new KafkaStream(options, client, cluster, new Map(counts));
    } catch (error) {
      await cluster.disconnect();
      const { message } = portError(`${kafka.brokers.join(', ')} cannot be used`, error);
      throw new StreamUnusable(`${message}. Topics are made and checked by "meshpulse topics".`, {
        cause: error,
      });
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
    const { kafka, log } = options;
    const name = (topic: Topic) => nameOf(kafka, topic);
    this.#offsets = new Offsets(cluster, name, log, this.#closed.signal);
  }

  partitions(topic: Topic): number {
    return this.#partitions.get(topic) ?? 0;
  }

  async append(records: readonly AppendRecord[]): Promise<readonly Position[]> {
    this.#checkOpen();
    const bytes = checkedBytes(records, this);
    const most = this.#options.maxWaitingBytes ?? DEFAULT_WAITING_BYTES;
    if (bytes > most) {
      throw new RecordTooLarge(
        `the records of one append take ${bytes} bytes; at most ${most} may wait`,
      );
    }
    if (this.#waitingBytes + bytes > most) {
      throw new StreamFull(
        `${this.#waitingBytes} bytes wait to be appended; with ${bytes} more it would be over ${most}`,
      );
    }
    return this.#append(records);
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
    const subscription = await KafkaSubscription.open({
      ...this.#readingOf(topic),
      groupId: `${kafka.prefix}.${topic}.${group}`,
      sessionTimeoutMs: kafka.sessionTimeoutMs,
      consumer,
      append: (outputs) => {
        checkedBytes(outputs, this);
        return this.#append(outputs);
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
        ...this.#readingOf(topic),
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
    return this.#health;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#readings].map((reading) => reading.stop()));
    await Promise.all([...this.#appenders.values()].map((appender) => appender.drained()));
    this.#closed.abort();
    await this.#cluster.disconnect();
  }

  /** What each partition is to have goes in one piece. */
  async #append(records: readonly AppendRecord[]): Promise<readonly Position[]> {
    const byPartition = Map.groupBy(records.entries(), ([, { topic, partition }]) =>
      keyOf(topic, partition),
    );
    const positions = new Array<Position>(records.length);
    const appends = [...byPartition].map(async ([key, entries]) => {
      const [, { topic, partition }] = entries[0]!;
      const own = entries.map(([, record]) => record);
      const bytes = checkedBytes(own, this);
      this.#waitingBytes += bytes;
      try {
        const first = await this.#appender(key, topic, partition).add(own, bytes);
        for (const [at, [index]] of entries.entries()) {
          positions[index] = { partition, offset: first + at };
        }
      } finally {
        this.#waitingBytes -= bytes;
      }
    });
    const results = await Promise.allSettled(appends);
    const failed = results.filter((result) => result.status === 'rejected');
    if (failed.length === 0) {
      this.#health = { writable: true, why: null };
      return positions;
    }
    const error = failed[0]!.reason as Error;
    if (!(error instanceof StreamUnavailable)) throw error;
    this.#unwritable(error.message);
    // Some partitions may have theirs.
    const inDoubt =
      failed.length < results.length || failed.some(({ reason }) => reason.inDoubt === true);
    throw new StreamUnavailable(error.message, { cause: error, inDoubt });
  }

  /** Whoever is not ready is sent nothing to append: it looks by itself for when it is again. */
  #unwritable(why: string): void {
    const looking = !this.#health.writable;
    this.#health = { writable: false, why };
    if (looking || this.#closing !== null) return;
    const { kafka, log } = this.#options;
    const names = TOPICS.map((topic) => nameOf(kafka, topic));
    const leaders = async () => {
      await this.#cluster.refreshMetadata();
      for (const name of names) await leaderOf(this.#cluster, name, 0);
    };
    const patience = { forMs: Number.POSITIVE_INFINITY, stopping: this.#closed.signal, log };
    patiently(this.#cluster, leaders, patience).then(
      () => {
        this.#health = { writable: true, why: null };
      },
      () => {},
    );
  }

  #appender(key: string, topic: Topic, partition: number): PartitionAppender {
    let appender = this.#appenders.get(key);
    if (appender === undefined) {
      const { kafka, appendForMs = APPEND_MS, log } = this.#options;
      appender = new PartitionAppender({
        cluster: this.#cluster,
        topic: nameOf(kafka, topic),
        partition,
        forMs: appendForMs,
        log,
      });
      this.#appenders.set(key, appender);
    }
    return appender;
  }

  #readingOf(topic: Topic) {
    return {
      topic,
      name: nameOf(this.#options.kafka, topic),
      partitions: this.partitions(topic),
      cluster: openCluster(this.#client),
      offsets: this.#offsets,
      log: this.#options.log,
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

/** @throws for `patiently`, what connecting threw, or that a topic is not there */
async function reach(cluster: KafkaCluster, names: string[]): Promise<void> {
  await cluster.connect();
  await cluster.addMultipleTargetTopics(names);
}

const nameOf = ({ prefix }: KafkaOptions, topic: Topic) => `${prefix}.${topic}`;
const keyOf = (topic: Topic, partition: number) => `${topic}/${partition}`;

const READ_BYTES = 1024 * 1024;
const DEFAULT_WAITING_BYTES = 64 * 1024 * 1024;
const OPEN_MS = 10_000;
/** Longer than a leader takes to be followed by another, shorter than senders wait. */
const APPEND_MS = 12_000;
