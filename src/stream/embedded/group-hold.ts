export interface GroupHoldOptions {
  /** Least time from the end of one group to the writing of the next, ms. */
  holdMs: number;
  /** A group of so many bytes is not held. */
  largeBytes: number;
  /** Milliseconds that never run backwards. */
  now(): number;
  /** Calls back after so many ms. */
  wait(ms: number, over: () => void): void;
}

/**
 * Lets a small group wait for company: a flush to the disk costs the same for one append and for twenty. Only where
 * the group before had company: a sender that waits for each answer must not wait for others that are not there.
 */
export class GroupHold {
  readonly #options: GroupHoldOptions;
  #writtenAt = -Infinity;
  #hadCompany = false;
  /** Counts groups: what was held in one must not be written early in the next. */
  #group = 0;
  #holding = false;

  constructor(options: GroupHoldOptions) {
    this.#options = options;
  }

  /** Whether the group that grew to so many bytes is held already, and stays so. */
  isHolding(bytes: number): boolean {
    return this.#holding && bytes < this.#options.largeBytes;
  }

  /** Whether the group waits now; `over` is then called when it has waited enough, unless it was written before. */
  holds(bytes: number, over: () => void): boolean {
    const { holdMs, largeBytes, now, wait } = this.#options;
    if (this.#holding) return bytes < largeBytes;
    if (!this.#hadCompany || bytes >= largeBytes) return false;
    const leftMs = this.#writtenAt + holdMs - now();
    if (leftMs <= 0) return false;
    this.#holding = true;
    const group = this.#group;
    wait(leftMs, () => {
      if (group !== this.#group) return;
      this.#holding = false;
      over();
    });
    return true;
  }

  /** A group of so many appends has been written, or has failed. */
  written(appends: number): void {
    this.#writtenAt = this.#options.now();
    this.#hadCompany = appends > 1;
    this.#holding = false;
    this.#group++;
  }
}
