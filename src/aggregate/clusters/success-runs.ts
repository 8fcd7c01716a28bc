import { SECOND_US } from '../../model/time.ts';
import { SIDES, type SideIndex } from './sides.ts';

/**
 * When a cluster's successes last began and last ended, by who told of them: cells know it by the second only.
 * Successes less than a second apart are one run.
 */
export class SuccessRuns {
  readonly #sinceUs = SIDES.map(() => 0);
  readonly #lastUs = SIDES.map(() => 0);

  add(side: SideIndex, endUs: number): void {
    const lastUs = this.#lastUs[side]!;
    const sinceUs = this.#sinceUs[side]!;
    if (endUs >= lastUs + SECOND_US) this.#sinceUs[side] = endUs;
    else if (endUs < sinceUs && endUs > sinceUs - SECOND_US) this.#sinceUs[side] = endUs;
    if (endUs > lastUs) this.#lastUs[side] = endUs;
  }

  /** The first success of the newest run, µs; 0 before any. */
  sinceUs(side: SideIndex): number {
    return this.#sinceUs[side]!;
  }

  /** The newest success, µs; 0 before any. */
  lastUs(side: SideIndex): number {
    return this.#lastUs[side]!;
  }

  toJSON(): SuccessRunsSnapshot {
    return [[...this.#sinceUs], [...this.#lastUs]];
  }

  restore([sinceUs, lastUs]: SuccessRunsSnapshot): void {
    Object.assign(this.#sinceUs, sinceUs);
    Object.assign(this.#lastUs, lastUs);
  }
}

export type SuccessRunsSnapshot = [sinceUs: number[], lastUs: number[]];
