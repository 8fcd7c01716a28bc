import { checkCommit } from '../checks.ts';
import { PartitionLost } from '../errors.ts';
import type { AppendRecord } from '../record.ts';
import type { PartitionConsumer, Subscription } from '../source.ts';
import { PartitionReader } from './partition-reader.ts';
import type { ReadRetryOptions } from './read-retry.ts';
import type { Store, Write } from './store.ts';

export interface GroupSubscriptionOptions extends ReadRetryOptions {
  store: Store;
  group: string;
  consumer: PartitionConsumer;
  pause(): Promise<void>;
  write(write: Write): Promise<unknown>;
  /** Called once, when the group is free again. */
  released(): void;
}

/** The one reader of a group: every partition is its own. */
export class GroupSubscription implements Subscription {
  readonly reader: PartitionReader;
  readonly #options: GroupSubscriptionOptions;
  readonly #owned = new Set<number>();
  readonly #publishing = new Set<Promise<unknown>>();
  readonly #running: Promise<boolean>;
  #stopped: Promise<void> | null = null;

  constructor(options: GroupSubscriptionOptions) {
    this.#options = options;
    const { consumer } = options;
    this.reader = new PartitionReader({
      ...options,
      deliver: (partition, records, atEnd) => consumer.records(partition, records, atEnd),
    });
    this.#running = this.#run();
  }

  async publish(
    partition: number,
    outputs: readonly AppendRecord[],
    nextOffset: number,
  ): Promise<void> {
    const { store, topic, group } = this.#options;
    if (!this.#owned.has(partition)) {
      throw new PartitionLost(
        `group ${group} does not own ${topic}/${partition}; nothing was published`,
      );
    }
    const { end } = store.range(topic, partition);
    checkCommit(group, topic, partition, nextOffset, end);
    const commit = { topic, group, partition, nextOffset };
    const writing = this.#options.write({ records: outputs, commit });
    this.#publishing.add(writing);
    try {
      await writing;
    } finally {
      this.#publishing.delete(writing);
    }
  }

  holds(partition: number): boolean {
    return this.#owned.has(partition);
  }

  lag(partition: number): number | null {
    const { store, topic } = this.#options;
    const position = this.#owned.has(partition) ? this.reader.position(partition) : undefined;
    if (position === undefined) return null;
    try {
      return store.range(topic, partition).end - position;
    } catch {
      // It cannot be read now: the reader says so, and tries again.
      return null;
    }
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  /** Resolves to false when the subscription has failed. */
  async #run(): Promise<boolean> {
    // The subscriber must have its Subscription before the first call may publish.
    await this.#options.pause();
    try {
      await this.#assign();
      await this.reader.run();
      return true;
    } catch (error) {
      this.#fail(error);
      return false;
    }
  }

  async #assign(): Promise<void> {
    const { store, topic, group, consumer } = this.#options;
    for (let partition = 0; partition < store.partitions(topic); partition++) {
      if (this.reader.stopping) return;
      this.#owned.add(partition);
      const from = await consumer.assigned(partition, store.committed(topic, group, partition));
      this.reader.startAt(partition, from);
    }
    consumer.settled?.();
  }

  async #stop(): Promise<void> {
    this.reader.stop();
    if (!(await this.#running)) return;
    const owned = [...this.#owned];
    this.#owned.clear();
    await Promise.allSettled(this.#publishing);
    try {
      for (const partition of owned) await this.#options.consumer.revoked(partition);
      this.#options.released();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.reader.stop();
    this.#owned.clear();
    this.#options.released();
    this.#options.consumer.failed(error);
  }
}
