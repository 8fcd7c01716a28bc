/** The end that a partition was seen to have at some time. */
interface Mark {
  end: number;
  atMs: number;
}

/**
 * Since when records of one partition wait to be folded, by the ends seen in a row of looks: that needs no clock but our
 * own, and a silent partition is not taken for one that is behind.
 */
export class Waiting {
  /** By growing end and time; those that are folded are gone. */
  #marks: Mark[] = [];
  #end = 0;

  /** Before the first look it is 0. */
  get end(): number {
    return this.#end;
  }

  /** The end was `end` at `atMs`; of looks that are out of order the later end counts. */
  saw(end: number, atMs: number): void {
    if (end <= this.#end) return;
    this.#end = end;
    this.#marks.push({ end, atMs });
    if (this.#marks.length > MOST_MARKS) {
      // Who is that far behind needs no second of precision.
      this.#marks = this.#marks.filter((_, i) => i % 2 === 0 || i === this.#marks.length - 1);
    }
  }

  /** A time at which the oldest record from `folded` on was waiting already; null when none is known of. */
  sinceMs(folded: number): number | null {
    while (this.#marks[0] !== undefined && this.#marks[0].end <= folded) this.#marks.shift();
    return this.#marks[0]?.atMs ?? null;
  }
}

const MOST_MARKS = 128;
