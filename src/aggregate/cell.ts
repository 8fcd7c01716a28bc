import { OUTCOMES, type Outcome } from '../model/outcome.ts';
import type { CellCounts } from '../model/rollup.ts';
import { Sketch } from './sketch.ts';

/** Counts by outcome and latencies of a span of event time, to be added up in. Kept ones are in a {@link CellStore}. */
export class Cell {
  readonly counts = new Float64Array(OUTCOMES.length);
  readonly latencies = new Sketch();

  clear(): void {
    this.counts.fill(0);
    this.latencies.clear();
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

  get isEmpty(): boolean {
    return this.counts.every((count) => count === 0);
  }
}
