/**
 * Calls, failures and slow calls of the last N epoch seconds: resilience4j's time-based window (one bucket per
 * second, running total, subtract on evict), on event time. The current second counts as one of the N.
 *
 * Unlike its model it takes late calls: one that is still inside the window counts in its own second, an older
 * one is ignored. The window moves forward only.
 */
export class CallWindow {
  readonly seconds: number;
  calls = 0;
  failed = 0;
  slow = 0;
  notPermitted = 0;
  readonly #buckets: Int32Array;
  /** Newest second the window covers. */
  #head = -1;

  constructor(seconds: number) {
    this.seconds = seconds;
    this.#buckets = new Int32Array(seconds * FIELDS);
  }

  /** Counts a call that ended in epoch second `second`; false when it is older than the window. */
  record(second: number, failed: boolean, slow: boolean): boolean {
    if (!this.#covers(second)) return false;
    this.#add(second, CALLS);
    this.calls++;
    if (failed) {
      this.#add(second, FAILED);
      this.failed++;
    }
    if (slow) {
      this.#add(second, SLOW);
      this.slow++;
    }
    return true;
  }

  recordNotPermitted(second: number): boolean {
    if (!this.#covers(second)) return false;
    this.#add(second, NOT_PERMITTED);
    this.notPermitted++;
    return true;
  }

  /** Moves the window so that `second` is inside; evicts what falls out. */
  advance(second: number): void {
    if (second <= this.#head) return;
    const steps = this.#head < 0 ? 0 : Math.min(second - this.#head, this.seconds);
    for (let i = 0; i < steps; i++) this.#evict(second - i);
    this.#head = second;
  }

  clear(): void {
    this.#buckets.fill(0);
    this.#head = -1;
    this.calls = this.failed = this.slow = this.notPermitted = 0;
  }

  /** For a checkpoint, which holds thousands of windows: their numbers as one text each. */
  toJSON(): CallWindowSnapshot {
    const { buffer, byteOffset, byteLength } = this.#buckets;
    const buckets = Buffer.from(buffer, byteOffset, byteLength).toString('base64');
    return { head: this.#head, buckets };
  }

  /** Takes the place of what is in it. The snapshot must be of a window of the same length. */
  restore({ head, buckets }: CallWindowSnapshot): void {
    this.clear();
    this.#head = head;
    const own = this.#buckets;
    new Uint8Array(own.buffer, own.byteOffset, own.byteLength).set(Buffer.from(buckets, 'base64'));
    for (let at = 0; at < own.length; at += FIELDS) {
      this.calls += own[at + CALLS]!;
      this.failed += own[at + FAILED]!;
      this.slow += own[at + SLOW]!;
      this.notPermitted += own[at + NOT_PERMITTED]!;
    }
  }

  #covers(second: number): boolean {
    this.advance(second);
    return second > this.#head - this.seconds;
  }

  #add(second: number, field: number): void {
    const at = (second % this.seconds) * FIELDS + field;
    this.#buckets[at] = this.#buckets[at]! + 1;
  }

  #evict(second: number): void {
    const at = (second % this.seconds) * FIELDS;
    this.calls -= this.#buckets[at + CALLS]!;
    this.failed -= this.#buckets[at + FAILED]!;
    this.slow -= this.#buckets[at + SLOW]!;
    this.notPermitted -= this.#buckets[at + NOT_PERMITTED]!;
    this.#buckets.fill(0, at, at + FIELDS);
  }
}

export interface CallWindowSnapshot {
  /** Newest second. */
  head: number;
  /** The counts of every second, little-endian 32-bit numbers in base64. */
  buckets: string;
}

const CALLS = 0;
const FAILED = 1;
const SLOW = 2;
const NOT_PERMITTED = 3;
const FIELDS = 4;
