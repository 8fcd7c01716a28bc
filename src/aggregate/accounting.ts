import type { CountsByReason } from '../model/input.ts';
import type { Bin } from '../model/outcome.ts';
import type { AccountingRow } from '../model/state.ts';
import type { PartFrame } from '../packed/message.ts';

/** Where every input record ended, per provider and input: `received` is the sum of the bins, always. */
export class Accounting {
  readonly #rows = new Map<string, AccountingRow>();

  row(provider: string, input: string): AccountingRow {
    const key = `${provider}\n${input}`;
    let row = this.#rows.get(key);
    if (row === undefined) {
      row = {
        provider,
        input,
        received: 0,
        bins: { counted: 0, excluded: 0, duplicate: 0, late: 0, dead_lettered: 0 },
        reasons: { excluded: {}, dead_lettered: {} },
      };
      this.#rows.set(key, row);
    }
    return row;
  }

  /** Accounts for what a part's frame says; returns the row for its events. `repeated`: it was folded before. */
  frame(frame: PartFrame, repeated: boolean): AccountingRow {
    const row = this.row(frame.provider, frame.input);
    putAll(row, 'dead_lettered', frame.deadLetters);
    if (repeated) for (const n of Object.values(frame.notRequests)) put(row, 'duplicate', n);
    else putAll(row, 'excluded', frame.notRequests);
    return row;
  }

  restore(rows: readonly AccountingRow[]): void {
    for (const row of rows) this.#rows.set(`${row.provider}\n${row.input}`, structuredClone(row));
  }

  rows(): AccountingRow[] {
    return [...this.#rows.values()].map((row) => structuredClone(row));
  }
}

export function put(row: AccountingRow, bin: Bin, n = 1): void {
  row.received += n;
  row.bins[bin] += n;
}

export function putReason(
  row: AccountingRow,
  bin: 'excluded' | 'dead_lettered',
  reason: string,
  n = 1,
): void {
  put(row, bin, n);
  row.reasons[bin][reason] = (row.reasons[bin][reason] ?? 0) + n;
}

function putAll(
  row: AccountingRow,
  bin: 'excluded' | 'dead_lettered',
  counts: CountsByReason,
): void {
  for (const [reason, n] of Object.entries(counts)) putReason(row, bin, reason, n);
}
