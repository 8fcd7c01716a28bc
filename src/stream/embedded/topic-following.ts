import { StreamUnavailable } from '../errors.ts';
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

interface Waiter {
  /** Offset to have passed, by partition. */
  targets: readonly number[];
  resolve(): void;
  reject(error: unknown): void;
}

/** Hands every record of a topic to one callback. */
export class TopicFollowing implements Following {
  readonly reader: PartitionReader;
  readonly #options: TopicFollowingOptions;
  readonly #running: Promise<void>;
  #waiters: Waiter[] = [];
  #over: { error: unknown } | null = null;

  constructor(options: TopicFollowingOptions) {
    this.#options = options;
    const { from, onRecords } = options;
    this.reader = new PartitionReader({
      ...options,
      deliver: async (_partition, records) => onRecords(records),
      moved: () => this.#settle(),
    });
    for (const [partition, end] of this.#ends().entries()) {
      this.reader.startAt(partition, from === 'start' ? 0 : end);
    }
    this.#running = this.#run();
  }

  caughtUp(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#over !== null) throw this.#over.error;
      this.#waiters.push({ targets: this.#ends(), resolve, reject });
      this.#settle();
    });
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
      this.#report(error);
    }
  }

  #settle(): void {
    const passed = ({ targets }: Waiter) =>
      targets.every((target, partition) => (this.reader.position(partition) ?? 0) >= target);
    for (const waiter of this.#waiters.filter(passed)) waiter.resolve();
    this.#waiters = this.#waiters.filter((waiter) => !passed(waiter));
  }

  #end(error: unknown): void {
    this.#settle();
    this.#over = { error };
    for (const { reject } of this.#waiters) reject(error);
    this.#waiters = [];
    this.#options.released();
  }

  #report(error: unknown): void {
    const { onFailed } = this.#options;
    if (onFailed !== undefined) onFailed(error);
    else
      queueMicrotask(() => {
        throw error;
      });
  }
}
