import { StreamUnavailable } from '../errors.ts';
import { FollowingWaiters, reportFailure } from '../following-waiters.ts';
import type { StreamRecord } from '../record.ts';
import type { Following } from '../source.ts';
import { PartitionReader } from './partition-reader.ts';
import type { ReadRetryOptions } from './read-retry.ts';
import type { Store } from './store.ts';

export interface TopicFollowingOptions extends ReadRetryOptions {
  store: Store;
  from: 'start' | 'end';
  onRecords(records: readonly StreamRecord[]): void | Promise<void>;
  onFailed: ((error: unknown) => void) | undefined;
  pause(): Promise<void>;
  /** Called once, when nothing more is read. */
  released(): void;
}

/** Hands every record of a topic to one callback. */
export class TopicFollowing implements Following {
  readonly reader: PartitionReader;
  readonly #options: TopicFollowingOptions;
  readonly #running: Promise<void>;
  readonly #waiters: FollowingWaiters;

  constructor(options: TopicFollowingOptions) {
    this.#options = options;
    const { from, onRecords } = options;
    this.reader = new PartitionReader({
      ...options,
      deliver: async (_partition, records) => onRecords(records),
      moved: () => this.#waiters.settle(),
    });
    this.#waiters = new FollowingWaiters((partition) => this.reader.position(partition));
    for (const [partition, end] of this.#ends().entries()) {
      this.reader.startAt(partition, from === 'start' ? 0 : end);
    }
    this.#running = this.#run();
  }

  async caughtUp(): Promise<void> {
    await this.#waiters.reach(this.#ends());
  }

  async stop(): Promise<void> {
    this.reader.stop();
    await this.#running;
  }

  #ends(): number[] {
    const { store, topic } = this.#options;
    return Array.from(
      { length: store.partitions(topic) },
      (_, partition) => store.range(topic, partition).end,
    );
  }

  async #run(): Promise<void> {
    // As for a subscription: the follower first gets its Following.
    await this.#options.pause();
    try {
      await this.reader.run();
      this.#end(new StreamUnavailable(`following ${this.#options.topic} was stopped`));
    } catch (error) {
      this.#end(error);
      reportFailure(error, this.#options.onFailed);
    }
  }

  #end(error: unknown): void {
    this.#waiters.end(error);
    this.#options.released();
  }
}
