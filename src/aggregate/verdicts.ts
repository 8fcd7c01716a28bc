import type { Columns } from '../packed/columns.ts';
import { classify, type Facts, type Verdict } from './classify.ts';

/** The verdicts on the rows of one part: of rows that follow each other, most have the same facts. */
export class Verdicts {
  readonly #columns: Columns;
  /** The row that was judged last, and what of it. */
  #row = -1;
  #verdict: Verdict | null = null;

  constructor(columns: Columns) {
    this.#columns = columns;
  }

  of(row: number): Verdict {
    if (this.#verdict === null || !this.#isAlike(row, this.#row)) {
      this.#verdict = classify(factsOf(this.#columns, row));
    }
    this.#row = row;
    return this.#verdict;
  }

  #isAlike(a: number, b: number): boolean {
    const { code, grpcStatus, flags, details, traits } = this.#columns;
    return (
      code[a] === code[b] &&
      flags[a] === flags[b] &&
      details[a] === details[b] &&
      grpcStatus[a] === grpcStatus[b] &&
      traits[a] === traits[b]
    );
  }
}

function factsOf(columns: Columns, i: number): Facts {
  const grpcStatus = columns.grpcStatus[i]!;
  return {
    code: columns.code[i]!,
    grpcStatus: grpcStatus < 0 ? null : grpcStatus,
    flags: columns.flags[i]!,
    details: columns.dictionary[columns.details[i]!] ?? null,
    traits: columns.traits[i]!,
  };
}
