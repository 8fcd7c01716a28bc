/**
 * Calls, failures and slow calls of the last N calls, in the order they are shown: resilience4j's count-based
 * window, which its half-open breaker judges and takes along when it opens again.
 */
export class CountWindow {
  readonly size: number;
  calls = 0;
  failed = 0;
  slow = 0;
  /** What each call was, bits; once full, the oldest is at `#next`. */
  #outcomes: number[] = [];
  #next = 0;

  constructor(size: number) {
    this.size = size;
  }

  record(failed: boolean, slow: boolean): void {
    const outcome = (failed ? FAILED : 0) | (slow ? SLOW : 0);
    this.#add(this.#outcomes[this.#next], -1);
    this.#add(outcome, 1);
    this.#outcomes[this.#next] = outcome;
    this.#next = (this.#next + 1) % this.size;
  }

  /** For a checkpoint, oldest call first. */
  toJSON(): CountWindowSnapshot {
    const outcomes = [...this.#outcomes.slice(this.#next), ...this.#outcomes.slice(0, this.#next)];
    return { size: this.size, outcomes };
  }

  static from({ size, outcomes }: CountWindowSnapshot): CountWindow {
    const window = new CountWindow(size);
    for (const outcome of outcomes) window.record((outcome & FAILED) !== 0, (outcome & SLOW) !== 0);
    return window;
  }

  #add(outcome: number | undefined, by: 1 | -1): void {
    if (outcome === undefined) return;
    this.calls += by;
    if ((outcome & FAILED) !== 0) this.failed += by;
    if ((outcome & SLOW) !== 0) this.slow += by;
  }
}

export interface CountWindowSnapshot {
  size: number;
  outcomes: readonly number[];
}

const FAILED = 1;
const SLOW = 2;
