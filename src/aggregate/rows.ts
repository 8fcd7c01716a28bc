import type { AccountingRow, Exemplar } from '../model/state.ts';
import { toMs } from '../model/time.ts';
import type { Columns } from '../packed/columns.ts';

import { classify, type Facts } from './classify.ts';
import type { RowDuplicates } from './duplicates.ts';
import type { Service } from './service.ts';

/** The rows of one part, and what is asked for each of them. */
export interface Rows {
  columns: Columns;
  /** The whole part was folded before. */
  repeated: boolean;
  isDuplicate: RowDuplicates;
  targets: Targets;
  /** Null while rebuilding: then nothing is accounted for again. */
  accounts: AccountingRow | null;
}

/** Where one row counts: names that did not fit have become `other`. */
export interface Target {
  service: Service;
  source: string | null;
  subset: string | null;
}

/** The targets of one part by their dictionary indexes: names are looked up once, not once an event. */
export class Targets {
  readonly #known = new Map<number, Target>();

  get(
    destination: number,
    source: number,
    subset: number,
    make: (destination: number, source: number, subset: number) => Target,
  ): Target {
    const key = (destination * SHIFT + source) * SHIFT + subset;
    let target = this.#known.get(key);
    if (target === undefined) {
      target = make(destination, source, subset);
      this.#known.set(key, target);
    }
    return target;
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
  { source, subset }: Target,
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
