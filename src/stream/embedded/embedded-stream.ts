import type { Log } from '../../telemetry/log.ts';
import { checkedBytes, checkPartition } from '../checks.ts';
import { StreamUnavailable } from '../errors.ts';
import type { AppendRecord, Position, StreamRecord, Topic } from '../record.ts';
import type { RecordSink } from '../sink.ts';
import type { Following, PartitionConsumer, RecordSource, Subscription } from '../source.ts';
import { AppendQueue } from './append-queue.ts';
import type { GroupHold } from './group-hold.ts';
import { GroupSubscription } from './group-subscription.ts';
import { type PartitionReader, READ_BYTES } from './partition-reader.ts';
import type { Store, Write } from './store.ts';
import { TopicFollowing } from './topic-following.ts';

export interface EmbeddedStreamOptions {
  /** Most bytes that may wait to be appended. */
  maxWaitingBytes: number;
  /** Calls back at the end of the turn: what is appended until then is one group. */
  schedule(flush: () => void): void;
  /** Lets small groups wait for company; null: nothing waits longer than its turn. */
  hold: GroupHold | null;
  /** Lets the event loop turn. */
  pause(): Promise<void>;
  /** Before reading is tried again; over early, resolved or rejected, when the signal is aborted. */
  sleep(ms: number, stopping: AbortSignal): Promise<void>;
  log: Log;
}

interface Reading {
  reader: PartitionReader;
  stop(): Promise<void>;
}

/** Both ports over a {@link Store} of this process. */
export class EmbeddedStream implements RecordSink, RecordSource {
  readonly #store: Store;
  readonly #options: EmbeddedStreamOptions;
  readonly #queue: AppendQueue;
  readonly #readings = new Set<Reading>();
  readonly #groups = new Set<string>();
  #closing: Promise<void> | null = null;

  constructor(store: Store, options: EmbeddedStreamOptions) {
    this.#store = store;
    this.#options = options;
    this.#queue = new AppendQueue({
      write: (writes) => this.#write(writes),
      schedule: options.schedule,
      hold: options.hold,
      maxWaitingBytes: options.maxWaitingBytes,
    });
  }

  partitions(topic: Topic): number {
    return this.#store.partitions(topic);
  }

  append(records: readonly AppendRecord[]): Promise<readonly Position[]> {
    try {
      this.#checkOpen();
      return this.#add({ records, commit: null }, true);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async range(topic: Topic, partition: number): Promise<{ first: number; end: number }> {
    this.#checkReadable(topic, partition);
    return this.#store.range(topic, partition);
  }

  async ends(topic: Topic): Promise<readonly number[]> {
    this.#checkReadable(topic, 0);
    return Array.from(
      { length: this.#store.partitions(topic) },
      (_, partition) => this.#store.range(topic, partition).end,
    );
  }

  async read(
    topic: Topic,
    partition: number,
    from: number,
    maxBytes: number = READ_BYTES,
  ): Promise<StreamRecord[]> {
    this.#checkReadable(topic, partition);
    const records = this.#store.read(topic, partition, from, maxBytes);
    // Reading a long way on in a loop must not keep everything else of the process waiting.
    const more = (records.at(-1)?.offset ?? from) + 1 < this.#store.range(topic, partition).end;
    if (more && records.length > 0) await this.#options.pause();
    return records;
  }

  async offsetAt(topic: Topic, partition: number, timeMs: number): Promise<number> {
    this.#checkReadable(topic, partition);
    return this.#store.offsetAt(topic, partition, timeMs);
  }

  async latest(topic: Topic): Promise<StreamRecord[]> {
    this.#checkReadable(topic, 0);
    return this.#store.latest(topic);
  }

  async subscribe(topic: Topic, group: string, consumer: PartitionConsumer): Promise<Subscription> {
    this.#checkReadable(topic, 0);
    const name = `${topic}/${group}`;
    if (this.#groups.has(name)) {
      throw new Error(
        `group ${group} already reads ${topic}; the embedded stream allows one reader`,
      );
    }
    this.#groups.add(name);
    const subscription = new GroupSubscription({
      ...this.#options,
      store: this.#store,
      topic,
      group,
      consumer,
      write: (write) => this.#add(write, false),
      released: () => {
        this.#groups.delete(name);
        this.#readings.delete(subscription);
      },
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
    const following = new TopicFollowing({
      ...this.#options,
      store: this.#store,
      topic,
      from,
      onRecords,
      onFailed,
      released: () => this.#readings.delete(following),
    });
    this.#readings.add(following);
    return following;
  }

  /** Deletes what retention no longer keeps, in bounded steps; it also happens by itself now and then. */
  async retain(): Promise<void> {
    while (this.#closing === null && this.#store.retain()) await this.#options.pause();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#readings].map((reading) => reading.stop()));
    this.#queue.drain();
    this.#store.close();
  }

  #add(write: Write, bounded: boolean): Promise<readonly Position[]> {
    return this.#queue.add(write, checkedBytes(write.records, this.#store), bounded);
  }

  #write(writes: readonly Write[]): Position[][] {
    const positions = this.#store.write(writes);
    const topics = new Set<Topic>();
    for (const { records } of writes) for (const { topic } of records) topics.add(topic);
    for (const { reader } of this.#readings) if (topics.has(reader.topic)) reader.wake();
    return positions;
  }

  #checkReadable(topic: Topic, partition: number): void {
    this.#checkOpen();
    checkPartition(topic, partition, this.#store);
  }

  #checkOpen(): void {
    if (this.#closing !== null) throw new StreamUnavailable('the stream is closed');
  }
}
