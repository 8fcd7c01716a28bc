import type { StreamRecord, Topic } from '../record.ts';
import type { Store } from './store.ts';

/** Bytes of values one call hands over, unless a single record is larger. */
export const READ_BYTES = 1024 * 1024;

export interface PartitionReaderOptions {
  store: Store;
  topic: Topic;
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
  #stopping = false;
  #awaken: (() => void) | null = null;

  constructor(options: PartitionReaderOptions) {
    this.#options = options;
  }

  get topic(): Topic {
    return this.#options.topic;
  }

  get stopping(): boolean {
    return this.#stopping;
  }

  /** Everything below it has been handed over. */
  position(partition: number): number {
    return this.#positions.get(partition) ?? 0;
  }

  /** Adds a partition. An offset beyond its end would skip records in silence: RangeError. */
  startAt(partition: number, offset: number): void {
    const { end } = this.#options.store.range(this.topic, partition);
    if (!Number.isInteger(offset) || offset < 0 || offset > end) {
      throw new RangeError(
        `cannot read ${this.topic}/${partition} from offset ${offset}; it has 0 to ${end}`,
      );
    }
    this.#positions.set(partition, offset);
  }

  /** Resolves after `stop`; rejects with what reading or `deliver` threw. */
  async run(): Promise<void> {
    while (!this.#stopping) {
      for (const partition of this.#positions.keys()) await this.#handOver(partition);
      this.#options.moved?.();
      if (this.#stopping) return;
      if (this.#isBehind()) await this.#options.pause();
      else await this.#sleep();
    }
  }

  wake(): void {
    this.#awaken?.();
  }

  /** Takes effect after the call in progress. */
  stop(): void {
    this.#stopping = true;
    this.wake();
  }

  async #handOver(partition: number): Promise<void> {
    if (this.#stopping) return;
    const { store, topic, deliver } = this.#options;
    const { end } = store.range(topic, partition);
    const from = this.position(partition);
    if (from >= end) return;
    const records = store.read(topic, partition, from, READ_BYTES);
    const last = records.at(-1);
    // Nothing there below the end: retention took it all.
    const next = last === undefined ? end : last.offset + 1;
    if (last !== undefined) await deliver(partition, records, next >= end);
    this.#positions.set(partition, next);
  }

  #isBehind(): boolean {
    const { store, topic } = this.#options;
    return [...this.#positions].some(([partition, at]) => at < store.range(topic, partition).end);
  }

  async #sleep(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#awaken = resolve;
    });
    this.#awaken = null;
  }
}
