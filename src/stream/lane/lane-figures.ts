import type { Growth } from '../../telemetry/metrics.ts';

/** What the lane has done since it was made, and has now. */
export interface LaneFigures {
  appendedRecords: number;
  spilledRecords: number;
  outboxBytes: number;
  waitingBytes: number;
  connected: boolean;
  /** What the Workers have counted, as they told it. */
  growth: readonly Growth[];
}

/** Sums what Workers tell, by name and labels. */
export class GrowthSum {
  readonly #sums = new Map<string, Growth>();

  add(growth: readonly Growth[]): void {
    for (const { name, labels, by } of growth) {
      const key = JSON.stringify([name, labels]);
      const before = this.#sums.get(key)?.by ?? 0;
      this.#sums.set(key, { name, labels, by: before + by });
    }
  }

  list(): Growth[] {
    return [...this.#sums.values()];
  }
}
