import type { AccountingRow, Exemplar } from '../model/state.ts';
import { toMs } from '../model/time.ts';
import type { Columns } from '../packed/columns.ts';
import type { Verdict } from './classify.ts';
import type { Place } from './directory.ts';
import type { RowDuplicates } from './duplicates.ts';
import type { Places } from './places.ts';
import type { Verdicts } from './verdicts.ts';

/** The rows of one part, and what is asked for each of them. */
export interface Rows {
  columns: Columns;
  /** Null where the whole part was seen before. */
  duplicates: RowDuplicates | null;
  places: Places;
  verdicts: Verdicts;
  /** What became of each row, once it was folded: one of {@link FATE}. */
  fates: Uint8Array;
  accounts: AccountingRow;
}

export const FATE = { counted: 0, excluded: 1, late: 2, duplicate: 3 } as const;

/** Row `i` as an example, with the ids sampled for it. */
export function exemplarOf(
  columns: Columns,
  i: number,
  endUs: number,
  { source, subset }: Place,
  { outcome, reason }: Verdict,
  ids: { requestId: string | null; traceId: string | null },
): Exemplar {
  const durationUs = columns.durationUs[i]!;
  return {
    at: toMs(endUs),
    source,
    subset,
    outcome,
    reason,
    code: columns.code[i]!,
    latencyMs: durationUs < 0 ? null : durationUs / 1_000,
    requestId: ids.requestId,
    traceId: ids.traceId,
  };
}
