import type { AccountingRow, Exemplar } from '../model/state.ts';
import { toMs } from '../model/time.ts';
import type { Columns } from '../packed/columns.ts';
import type { Verdict } from './classify.ts';
import type { Place } from './directory.ts';
import type { RowDuplicates } from './duplicates.ts';
import type { Verdicts } from './verdicts.ts';

/** The rows of one part, and what is asked for each of them. */
export interface Rows {
  columns: Columns;
  isDuplicate: RowDuplicates;
  places: Places;
  verdicts: Verdicts;
  /** What became of each row, once it was folded: one of {@link FATE}. */
  fates: Uint8Array;
  /** Null while rebuilding: then nothing is accounted for again. */
  accounts: AccountingRow | null;
}

export const FATE = { counted: 0, excluded: 1, late: 2, duplicate: 3, rolledUp: 4 } as const;

/** The places of one part by their dictionary indexes: names are looked up once, not once an event. */
export class Places {
  readonly #known = new Map<number, Place>();
  /** Of the row before. */
  #key = -1;
  #place: Place | null = null;

  /** The place of row `i`; null when none of its names was met before. */
  of(columns: Columns, i: number): Place | null {
    const key = keyOf(columns, i);
    if (key === this.#key) return this.#place;
    this.#key = key;
    this.#place = this.#known.get(key) ?? null;
    return this.#place;
  }

  /** The place of a row for which {@link Places.of} has just found none. */
  add(place: Place): Place {
    this.#known.set(this.#key, place);
    this.#place = place;
    return place;
  }
}

function keyOf({ destination, source, subset }: Columns, i: number): number {
  return (destination[i]! * SHIFT + source[i]!) * SHIFT + subset[i]!;
}

/** Dictionaries are smaller than this, so that three indexes fit a safe integer. */
const SHIFT = 2 ** 17;

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
