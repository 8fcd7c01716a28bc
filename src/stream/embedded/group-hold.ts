export interface GroupHoldOptions {
  /** Least time from the end of one group to the writing of a smaller one, ms. */
  holdMs: number;
  /** A group of so many bytes is not held. */
  largeBytes: number;
  /** Milliseconds that never run backwards. */
  now(): number;
  /** Calls back after so many ms. */
  wait(ms: number, over: () => void): void;
}

/**
 * Lets a group wait for company: a flush to the disk costs the same for one append and for twenty. As many are expected
 * as were in the group before; so a sender that waits for each answer does not wait for others that are not there.
 */
export class GroupHold {
  readonly #options: GroupHoldOptions;
  #writtenAt = -Infinity;
  #expected = 1;
  /** Counts groups: the end of a hold must not write the next group early. */
  #group = 0;
  #holding = false;

  constructor(options: GroupHoldOptions) {
    this.#options = options;
  }

  /** Whether a group that has become so large is held already, and stays so. */
  isHolding(appends: number, bytes: number): boolean {
    return this.#holding && this.#isSmall(appends, bytes);
  }

  /** Whether the group waits now; `over` is then called when it has waited enough, unless it was written before. */
  holds(appends: number, bytes: number, over: () => void): boolean {
    if (!this.#isSmall(appends, bytes)) return false;
    if (this.#holding) return true;
    const { holdMs, now, wait } = this.#options;
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
    this.#expected = appends;
    this.#holding = false;
    this.#group++;
  }

  #isSmall(appends: number, bytes: number): boolean {
    return appends < this.#expected && bytes < this.#options.largeBytes;
  }
}
