import type { BreakerState } from '../../model/breaker.ts';

/** How many breakers are in which state: a roll-up asks at every move, and an outage moves thousands at once. */
export class Tally {
  readonly #count: Record<BreakerState, number> = { CLOSED: 0, HALF_OPEN: 0, OPEN: 0 };

  add(state: BreakerState): void {
    this.#count[state]++;
  }

  remove(state: BreakerState): void {
    this.#count[state]--;
  }

  get open(): number {
    return this.#count.OPEN;
  }

  get all(): number {
    return this.#count.OPEN + this.#count.HALF_OPEN + this.#count.CLOSED;
  }

  /** CLOSED when there are none. */
  get worst(): BreakerState {
    if (this.#count.OPEN > 0) return 'OPEN';
    return this.#count.HALF_OPEN > 0 ? 'HALF_OPEN' : 'CLOSED';
  }
}
