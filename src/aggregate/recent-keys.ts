/**
 * What was seen within the horizon, so that a second copy is recognised.
 *
 * Keys live in one set per minute of event time. A copy has the same end as its original, so one set answers;
 * only where an end was clamped to the append time (which differs between copies) all live sets are asked.
 * A set is dropped once every event in it would be late anyway: nothing is counted twice within the horizon,
 * and beyond it nothing is counted.
 */
export class RecentKeys<Key> {
  readonly #capacity: number;
  readonly #minutes = new Map<number, Set<Key>>();
  #size = 0;
  /** Keys that were not remembered because the memory was full. */
  overflowed = 0;

  /** At most `capacity` keys are remembered at a time. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** True when the key was seen before; remembers it when not. */
  seen(key: Key, endUs: number, clamped = false): boolean {
    const minute = Math.floor(endUs / MINUTE_US);
    if (clamped ? this.#anywhere(key) : (this.#minutes.get(minute)?.has(key) ?? false)) return true;
    if (this.#size >= this.#capacity) {
      this.overflowed++;
      return false;
    }
    let keys = this.#minutes.get(minute);
    if (keys === undefined) {
      keys = new Set();
      this.#minutes.set(minute, keys);
    }
    keys.add(key);
    this.#size++;
    return false;
  }

  /** Forgets minutes that ended before the horizon. */
  forget(horizonUs: number): void {
    const oldest = Math.floor(horizonUs / MINUTE_US);
    for (const [minute, keys] of this.#minutes) {
      if (minute >= oldest) continue;
      this.#minutes.delete(minute);
      this.#size -= keys.size;
    }
  }

  get size(): number {
    return this.#size;
  }

  #anywhere(key: Key): boolean {
    for (const keys of this.#minutes.values()) if (keys.has(key)) return true;
    return false;
  }
}

const MINUTE_US = 60_000_000;
