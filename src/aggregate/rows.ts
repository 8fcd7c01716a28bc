import type { AccountingRow, Exemplar } from '../model/state.ts';
import { toMs } from '../model/time.ts';
import type { Columns } from '../packed/columns.ts';

import { classify, type Facts } from './classify.ts';
import type { Place } from './directory.ts';
import type { RowDuplicates } from './duplicates.ts';

/** The rows of one part, and what is asked for each of them. */
export interface Rows {
  columns: Columns;
  /** The whole part was folded before. */
  repeated: boolean;
  isDuplicate: RowDuplicates;
  places: Places;
  /** Which rows counted: only those may be examples. */
  counted: Uint8Array;
  /** Null while rebuilding: then nothing is accounted for again. */
  accounts: AccountingRow | null;
}

/** The places of one part by their dictionary indexes: names are looked up once, not once an event. */
export class Places {
  readonly #known = new Map<number, Place>();

  get(
    destination: number,
    source: number,
    subset: number,
    make: (destination: number, source: number, subset: number) => Place,
  ): Place {
    const key = (destination * SHIFT + source) * SHIFT + subset;
    let place = this.#known.get(key);
    if (place === undefined) {
      place = make(destination, source, subset);
      this.#known.set(key, place);
    }
    return place;
  }
}

/** Dictionaries are smaller than this, so that three indexes fit a safe integer. */
const SHIFT = 2 ** 17;

export function factsOf(columns: Columns, i: number): Facts {
  const grpcStatus = columns.grpcStatus[i]!;
  return {
    code: columns.code[i]!,
    grpcStatus: grpcStatus < 0 ? null : grpcStatus,
    flags: columns.flags[i]!,
    details: columns.dictionary[columns.details[i]!] ?? null,
    traits: columns.traits[i]!,
  };
}

/** µs; null when the record did not say. */
export function durationOf(columns: Columns, i: number): number | null {
  const durationUs = columns.durationUs[i]!;
  return durationUs < 0 ? null : durationUs;
}

/** Row `i` as an example, with the ids sampled for it. */
export function exemplarOf(
  columns: Columns,
  i: number,
  endUs: number,
  { source, subset }: Place,
  ids: { requestId: string | null; traceId: string | null },
): Exemplar {
  const { outcome, reason } = classify(factsOf(columns, i));
  const durationUs = durationOf(columns, i);
  return {
    at: toMs(endUs)!,
    source,
    subset,
    outcome,
    reason,
    code: columns.code[i]!,
    latencyMs: durationUs === null ? null : durationUs / 1_000,
    requestId: ids.requestId,
    traceId: ids.traceId,
  };
}
