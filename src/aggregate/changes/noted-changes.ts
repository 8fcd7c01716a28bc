import type { Clock } from '../../model/clock.ts';
import type { AppendRecord } from '../../stream/record.ts';
import { keyOf } from './chain.ts';
import { Changes } from './changes.ts';
import { encodeChanges } from './codec.ts';

/** The {@link Changes} of one partition on their way into the stream. */
export class NotedChanges {
  readonly changes = new Changes();
  readonly #partition: number;
  readonly #clock: Clock;

  constructor(partition: number, clock: Clock) {
    this.#partition = partition;
    this.#clock = clock;
  }

  /** Whether they are to be taken before they are more than a record can hold. */
  get areMany(): boolean {
    return this.changes.bytes >= MANY_BYTES;
  }

  /** Those of records before this offset, as the record to append; null when there were no records. */
  take(offset: number): AppendRecord | null {
    const changed = this.changes.upTo(offset);
    const value = changed.from < changed.to ? encodeChanges(changed) : null;
    this.changes.begin(offset);
    return value && { topic: 'changes', partition: this.#partition, key: keyOf(changed), value };
  }

  /** As {@link NotedChanges.take}; null also when no restart would ask for those of a record appended at `timeMs`. */
  takeIfOfUse(offset: number, timeMs: number): AppendRecord | null {
    if (timeMs >= this.#clock() - OF_USE_MS) return this.take(offset);
    this.changes.begin(offset);
    return null;
  }
}

const MANY_BYTES = 4 * 1024 * 1024;
/** A restart asks for the horizon's five minutes, for seven more where clocks were fast, and for the minutes these begin in. */
const OF_USE_MS = 900_000;
