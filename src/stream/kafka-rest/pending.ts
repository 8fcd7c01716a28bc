import { RecordTooLarge, StreamUnavailable } from '../errors.ts';
import type { AppendRecord } from '../record.ts';
import type { Outcome } from './outcome.ts';

/** The records of one append for one topic, until all are written or given up. */
export class Pending {
  readonly records: readonly AppendRecord[];
  /** No try begins any more after it; ms of the clock that is never set. */
  readonly late: number;
  readonly settled: Promise<readonly number[]>;
  readonly #outcomes: (Outcome | undefined)[];
  #resolve!: (offsets: readonly number[]) => void;
  #reject!: (error: Error) => void;
  #inDoubt = false;

  constructor(records: readonly AppendRecord[], late: number) {
    this.records = records;
    this.late = late;
    this.#outcomes = new Array(records.length);
    this.settled = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** Whether that record is to be sent, or sent again. */
  isOpen(index: number): boolean {
    const kind = this.#outcomes[index]?.kind;
    return kind !== 'written' && kind !== 'too-large';
  }

  tell(index: number, outcome: Outcome): void {
    this.#outcomes[index] = outcome;
    if (outcome.kind === 'written' || (outcome.kind === 'again' && outcome.inDoubt)) {
      this.#inDoubt = true;
    }
  }

  /** Settles it if no record is open any more; whether it did. */
  settle(topic: string): boolean {
    const open = this.records.some((_, index) => this.isOpen(index));
    if (open) return false;
    const large = this.#outcomes.find((outcome) => outcome!.kind === 'too-large');
    if (large === undefined) {
      this.#resolve(this.#outcomes.map((outcome) => (outcome as { offset: number }).offset));
    } else {
      const { why } = large as { why: string };
      this.#reject(new RecordTooLarge(`${topic} does not take a record that large: ${why}`));
    }
    return true;
  }

  giveUp(message: string, options: { cause?: unknown; inDoubt?: boolean } = {}): void {
    this.#reject(new StreamUnavailable(message, { inDoubt: this.#inDoubt, ...options }));
  }
}
