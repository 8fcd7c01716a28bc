import { OUTCOMES, type Outcome } from '../model/outcome.ts';
import type { CellCounts } from '../model/rollup.ts';
import { Sketch } from './sketch.ts';

/** Counts by outcome and latencies of one span of event time. Mergeable. */
export class Cell {
  readonly counts = new Uint32Array(OUTCOMES.length);
  readonly latencies = new Sketch();

  /** `outcome` is an index of OUTCOMES, `bin` of the sketch's bins; a bin below 0 is no sample. */
  add(outcome: number, bin: number): void {
    this.counts[outcome] = this.counts[outcome]! + 1;
    if (bin >= 0) this.latencies.count1(bin);
  }

  merge(other: Cell): void {
    for (let i = 0; i < this.counts.length; i++) {
      this.counts[i] = this.counts[i]! + other.counts[i]!;
    }
    this.latencies.merge(other.latencies);
  }

  static from({ counts, latencies }: CellCounts): Cell {
    const cell = new Cell();
    cell.counts.set(counts);
    for (let i = 0; i + 1 < latencies.length; i += 2) {
      cell.latencies.addBin(latencies[i]!, latencies[i + 1]!);
    }
    return cell;
  }

  toCounts(): CellCounts {
    return { counts: [...this.counts], latencies: this.latencies.toPairs().flat() };
  }

  count(outcome: Outcome): number {
    return this.counts[OUTCOMES.indexOf(outcome)]!;
  }

  get requests(): number {
    return this.counts[0]! + this.counts[1]! + this.counts[2]!;
  }
}
