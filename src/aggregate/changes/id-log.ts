import { Words } from './words.ts';

/** As many ids of one minute as were remembered one after the other. */
export interface IdRun {
  /** Since the epoch. */
  minute: number;
  count: number;
}

/** The ids that an {@link IdMemory} remembered since this was begun, in their order; none before. */
export class IdLog {
  readonly runs: IdRun[] = [];
  /** Two for each id, the lower first. */
  readonly words = new Words();
  #begun = false;
  #run: IdRun = { minute: -1, count: 0 };

  add(minute: number, high: number, low: number): void {
    if (!this.#begun) return;
    if (minute !== this.#run.minute) {
      this.#run = { minute, count: 0 };
      this.runs.push(this.#run);
    }
    this.#run.count++;
    this.words.push(low);
    this.words.push(high);
  }

  begin(): void {
    this.#begun = true;
    this.runs.length = 0;
    this.words.clear();
    this.#run = { minute: -1, count: 0 };
  }
}
