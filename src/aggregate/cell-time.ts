/** One kind of a series' cells: their length in seconds, and where in the series' row they are kept. */
export interface Ring {
  readonly step: number;
  readonly first: number;
  /** How many are kept; a newer cell takes the slot of the one that is so many steps older. */
  readonly slots: number;
}

/** A minute's window, two seconds ahead of the watermark, rounded up. */
export const SECONDS: Ring = { step: 1, first: 0, slots: 64 };
export const TENS: Ring = { step: 10, first: 64, slots: 32 };
export const MINUTES: Ring = { step: 60, first: 96, slots: 62 };
/** Slots of a series' row. */
export const ROW_SLOTS = MINUTES.first + MINUTES.slots;

/** Seconds that a ring reaches back from the step in progress. */
export const reachOf = ({ step, slots }: Ring) => step * slots;

/** The epoch second at which the step begins that holds `second`. */
export const startOf = ({ step }: Pick<Ring, 'step'>, second: number) => second - (second % step);

/** Where in a row the cell is that starts at the epoch second `start`, a multiple of the step. */
export const slotOf = ({ step, first, slots }: Ring, start: number) =>
  first + ((start / step) % slots);

/** The cells that hold one epoch second: worked out once for all series that an event counts in. */
export class CellTime {
  second = -1;
  secondSlot = -1;
  ten = -1;
  tenSlot = -1;
  minute = -1;
  minuteSlot = -1;

  set(second: number): void {
    if (second === this.second) return;
    this.second = second;
    this.secondSlot = slotOf(SECONDS, second);
    this.ten = startOf(TENS, second);
    this.tenSlot = slotOf(TENS, this.ten);
    this.minute = startOf(MINUTES, second);
    this.minuteSlot = slotOf(MINUTES, this.minute);
  }
}
