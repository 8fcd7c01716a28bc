import type { Sequence } from './breaker.ts';
import type { View } from './windows.ts';

/**
 * The mergeable counts and latencies of one closed minute of one service, published on the `rollups` topic, keyed by
 * service. A late event publishes its minute again: the highest sequence of (service, minute) counts.
 */
export interface Rollup {
  service: string;
  /** Epoch second the minute begins at. */
  minute: number;
  sequence: Sequence;
  requests: CellsByView;
  subsets: [subset: string, cells: CellsByView][];
  /** Absent where no event named a cluster. */
  clusters?: [cluster: string, cells: CellsByView][];
  callers: [source: string | null, cells: CellsByView][];
}

export type CellsByView = Partial<Record<Exclude<View, 'none'>, CellCounts>>;

export interface CellCounts {
  /** In the order of OUTCOMES. */
  counts: number[];
  /** `[bin, count, bin, count, …]` of the latency sketch, version 1 of its bins. */
  latencies: number[];
}
