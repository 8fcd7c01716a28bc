import { compareSequence } from '../model/breaker.ts';
import { BINS } from '../model/outcome.ts';
import type { AccountingRow, PartitionState } from '../model/state.ts';

/** The newest state of every partition of the stream. */
export class PartitionTable {
  readonly #states = new Map<number, PartitionState>();

  /** False when it was not news. */
  apply(state: PartitionState): boolean {
    const held = this.#states.get(state.partition);
    if (held && compareSequence(state.sequence, held.sequence) <= 0) return false;
    this.#states.set(state.partition, state);
    return true;
  }

  get(partition: number): PartitionState | undefined {
    return this.#states.get(partition);
  }

  list(): PartitionState[] {
    return [...this.#states.values()].sort((a, b) => a.partition - b.partition);
  }

  /**
   * The oldest watermark, ms, of the partitions that have services: those without any stand still, and nothing comes from
   * them. The newest when none has; null when none had a record.
   */
  asOf(): number | null {
    const marks = (states: readonly PartitionState[]) =>
      states.flatMap(({ watermark }) => watermark ?? []);
    const busy = marks(this.list().filter(({ services }) => services > 0));
    const all = marks(this.list());
    if (busy.length > 0) return Math.min(...busy);
    return all.length > 0 ? Math.max(...all) : null;
  }

  /** Summed over the partitions, by provider and input. */
  accounting(): AccountingRow[] {
    const rows = new Map<string, AccountingRow>();
    for (const row of this.list().flatMap(({ accounting }) => accounting)) {
      const key = JSON.stringify([row.provider, row.input]);
      const sum = rows.get(key);
      rows.set(key, sum ? add(sum, row) : structuredClone(row));
    }
    return [...rows.keys()].sort().map((key) => rows.get(key)!);
  }
}

function add(sum: AccountingRow, row: AccountingRow): AccountingRow {
  sum.received += row.received;
  for (const bin of BINS) sum.bins[bin] += row.bins[bin];
  for (const bin of ['excluded', 'dead_lettered'] as const) {
    for (const [reason, count] of Object.entries(row.reasons[bin])) {
      sum.reasons[bin][reason] = (sum.reasons[bin][reason] ?? 0) + count;
    }
  }
  return sum;
}
