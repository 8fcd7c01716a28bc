import { checkStart } from '../checks.ts';
import type { StreamRecord, Topic } from '../record.ts';
import { type ReadRetryOptions, readPatiently } from './read-retry.ts';
import type { Store } from './store.ts';

/** Bytes of values one call hands over, unless a single record is larger. */
export const READ_BYTES = 1024 * 1024;

export interface PartitionReaderOptions extends ReadRetryOptions {
  store: Store;
  /** Lets the event loop turn; between batches, so that a long catching up does not starve the rest. */
  pause(): Promise<void>;
  deliver(partition: number, records: readonly StreamRecord[], atEnd: boolean): Promise<void>;
  /** Called whenever positions have moved. */
  moved?(): void;
}

/** Reads partitions in order, one call at a time, and sleeps at their end until it is woken. */
export class PartitionReader {
  readonly #options: PartitionReaderOptions;
  readonly #positions = new Map<number, number>();
  readonly #stopping = new AbortController();
  #woken = false;
  #awaken: (() => void) | null = null;

  constructor(options: PartitionReaderOptions) {
    this.#options = options;
  }

  get topic(): Topic {
    return this.#options.topic;
  }

  get stopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  /** Everything below it has been handed over; undefined for a partition that is not read. */
  position(partition: number): number | undefined {
    return this.#positions.get(partition);
  }

  /** Adds a partition. An offset beyond its end would skip records in silence: RangeError. */
  startAt(partition: number, offset: number): void {
    const { end } = this.#options.store.range(this.topic, partition);
    checkStart(this.topic, partition, offset, end);
    this.#positions.set(partition, offset);
  }

  /** Resolves after `stop`; rejects with what `deliver` threw, or reading for good. */
  async run(): Promise<void> {
    while (!this.stopping) {
      for (const partition of this.#positions.keys()) await this.#handOver(partition);
      this.#options.moved?.();
      // Before the look: what is appended between the look and the sleep must not be slept over.
      this.#woken = false;
      if (await this.#read(() => this.#isBehind())) await this.#options.pause();
      else await this.#sleep();
    }
  }

  wake(): void {
    this.#woken = true;
    this.#awaken?.();
  }

  /** Takes effect after the call in progress. */
  stop(): void {
    this.#stopping.abort();
    this.wake();
  }

  async #handOver(partition: number): Promise<void> {
    const found = await this.#read(() => this.#found(partition));
    if (found === undefined || found === null || this.stopping) return;
    const { records, end } = found;
    const last = records.at(-1);
    // Nothing there below the end: retention took it all.
    const next = last === undefined ? end : last.offset + 1;
    if (last !== undefined) await this.#options.deliver(partition, records, next >= end);
    this.#positions.set(partition, next);
  }

  /** Null at the end. */
  #found(partition: number): { records: StreamRecord[]; end: number } | null {
    const { store, topic } = this.#options;
    const { end } = store.range(topic, partition);
    const from = this.position(partition)!;
    return from >= end ? null : { records: store.read(topic, partition, from, READ_BYTES), end };
  }

  #isBehind(): boolean {
    const { store, topic } = this.#options;
    return [...this.#positions].some(([partition, at]) => at < store.range(topic, partition).end);
  }

  #read<T>(read: () => T): Promise<T | undefined> {
    return readPatiently(read, this.#stopping.signal, this.#options);
  }

  async #sleep(): Promise<void> {
    if (this.#woken || this.stopping) return;
    await new Promise<void>((resolve) => {
      this.#awaken = resolve;
    });
    this.#awaken = null;
  }
}
