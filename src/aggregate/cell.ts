import { OUTCOMES, type Outcome } from '../model/outcome.ts';
import { Sketch } from './sketch.ts';

/** Counts by outcome and latencies of one span of event time. Mergeable. */
export class Cell {
  readonly counts = new Uint32Array(OUTCOMES.length);
  readonly latencies = new Sketch();

  /** `latencyUs` null: no sample. */
  add(outcome: number, latencyUs: number | null): void {
    this.counts[outcome] = this.counts[outcome]! + 1;
    if (latencyUs !== null) this.latencies.add(latencyUs);
  }

  merge(other: Cell): void {
    for (let i = 0; i < this.counts.length; i++) {
      this.counts[i] = this.counts[i]! + other.counts[i]!;
    }
    this.latencies.merge(other.latencies);
  }

  count(outcome: Outcome): number {
    return this.counts[OUTCOMES.indexOf(outcome)]!;
  }

  get requests(): number {
    return this.counts[0]! + this.counts[1]! + this.counts[2]!;
  }
}
