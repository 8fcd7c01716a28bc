import { WINDOW_SECONDS, type WindowName } from '../model/windows.ts';
import { Cell } from './cell.ts';
import type { CellStore } from './cell-store.ts';
import {
  type CellTime,
  MINUTES,
  type Ring,
  ROW_SLOTS,
  reachOf,
  SECONDS,
  slotOf,
  startOf,
  TENS,
} from './cell-time.ts';

/**
 * One series of requests (a service, subset or dependency as one kind of reporter saw it) in cells of event time.
 *
 * A live event goes into its second. When the watermark has passed the end of ten seconds, their cells are
 * merged into one of ten seconds; six of those, when the minute has passed, into one of a minute. An event that
 * comes after its block was closed goes into every cell that already holds the block, so each cell is right at
 * all times. A window is the current step and the full steps before it.
 */
export class Series {
  readonly #store: CellStore;
  readonly #row: number;
  /** All ten-second blocks that end at or before this are closed; -1 before the first event. */
  #closed = -1;

  constructor(store: CellStore) {
    this.#store = store;
    this.#row = store.takeRow(ROW_SLOTS);
  }

  /**
   * Counts an event that ended in the second of `time`. `watermark` is the watermark's second; `outcome` and `bin` as
   * in {@link CellStore.add}.
   */
  add(time: CellTime, watermark: number, outcome: number, bin: number): void {
    const { second, ten, minute } = time;
    if (watermark >= this.#closed + TEN) this.#close(watermark, second);
    const row = this.#row;
    if (second > watermark - SECONDS_REACH) {
      this.#store.append(row + time.secondSlot, second, outcome, bin);
    }
    if (ten >= this.#closed) return;
    if (ten > watermark - TENS_REACH) this.#store.add(row + time.tenSlot, ten, outcome, bin);
    if (minute + MINUTE <= this.#closed) {
      this.#store.add(row + time.minuteSlot, minute, outcome, bin);
    }
  }

  /** Counts all of `cell`, which is of the ten seconds from `ten` on; the watermark has passed them by a minute. */
  addTen(ten: number, watermark: number, cell: Cell): void {
    if (watermark >= this.#closed + TEN) this.#close(watermark, ten);
    const minute = startOf(MINUTES, ten);
    if (ten > watermark - TENS_REACH) this.#merge(TENS, ten, cell);
    if (minute + MINUTE <= this.#closed) this.#merge(MINUTES, minute, cell);
  }

  /** Makes `into` what the window held when the watermark was in epoch second `watermark`. */
  window(name: WindowName, watermark: number, into: Cell): Cell {
    this.#close(watermark, watermark);
    into.clear();
    const { from, tensFrom, secondsFrom, end } = spanOf(name, watermark);
    this.#sum(MINUTES, from, tensFrom, into);
    this.#sum(TENS, tensFrom, secondsFrom, into);
    this.#sum(SECONDS, secondsFrom, end, into);
    return into;
  }

  /** Whether the window held anything, without adding it up. */
  saw(name: WindowName, watermark: number): boolean {
    this.#close(watermark, watermark);
    const { from, tensFrom, secondsFrom, end } = spanOf(name, watermark);
    return (
      this.#has(SECONDS, secondsFrom, end) ||
      this.#has(TENS, tensFrom, secondsFrom) ||
      this.#has(MINUTES, from, tensFrom)
    );
  }

  /** How many of an outcome ended in a second, which is one of the last minute before the watermark. */
  inSecond(second: number, outcome: number): number {
    return this.#store.count(this.#row + slotOf(SECONDS, second), second, outcome);
  }

  /** The cell of a minute that the watermark has passed; null when it has none. */
  minute(start: number, watermark: number): Cell | null {
    this.#close(watermark, watermark);
    if (!this.#store.has(this.#row + slotOf(MINUTES, start), start)) return null;
    const cell = new Cell();
    this.#sum(MINUTES, start, start + MINUTE, cell);
    return cell;
  }

  /** Puts back a minute as it was published. */
  restoreMinute(start: number, cell: Cell): void {
    this.#put(MINUTES, start, cell);
  }

  /** Gives its memory back; it must not be used afterwards. */
  free(): void {
    this.#store.freeRow(this.#row, ROW_SLOTS);
  }

  /** Merges every block that the watermark has passed; an empty series begins with the block of `second`. */
  #close(watermark: number, second: number): void {
    if (this.#closed < 0) this.#closed = startOf(TENS, Math.min(watermark, second));
    const upTo = startOf(TENS, watermark);
    if (upTo <= this.#closed) return;
    // Nothing older than the longest window is ever asked for.
    this.#closed = Math.max(this.#closed, startOf(TENS, upTo - LONGEST));
    for (; this.#closed < upTo; this.#closed += TEN) {
      const end = this.#closed + TEN;
      this.#promote(SECONDS, this.#closed, end, TENS);
      if (end % MINUTE === 0) this.#promote(TENS, end - MINUTE, end, MINUTES);
    }
  }

  /** Sets the cell of `into` that starts at `start` to the sum of those of `from` in [start, end). */
  #promote(from: Ring, start: number, end: number, into: Ring): void {
    SUM.clear();
    this.#sum(from, start, end, SUM);
    if (!SUM.isEmpty) this.#put(into, start, SUM);
  }

  #put(ring: Ring, start: number, cell: Cell): void {
    this.#store.put(this.#row + slotOf(ring, start), start, cell);
  }

  #merge(ring: Ring, start: number, cell: Cell): void {
    this.#store.merge(this.#row + slotOf(ring, start), start, cell);
  }

  /** Whether there is a cell that starts in [from, to). */
  #has(ring: Ring, from: number, to: number): boolean {
    for (let start = from; start < to; start += ring.step) {
      if (this.#store.has(this.#row + slotOf(ring, start), start)) return true;
    }
    return false;
  }

  /** Adds the cells that start in [from, to) to `into`. */
  #sum(ring: Ring, from: number, to: number, into: Cell): void {
    for (let start = from; start < to; start += ring.step) {
      this.#store.sum(this.#row + slotOf(ring, start), start, into);
    }
  }
}

/** Of a window, where its minutes, its tens and its seconds begin, and where it ends; epoch seconds. */
function spanOf(name: WindowName, watermark: number) {
  const { length, step } = WINDOW_SECONDS[name];
  const from = startOf(WINDOW_SECONDS[name], watermark) - length + step;
  return {
    from,
    tensFrom: step >= MINUTE ? startOf(MINUTES, watermark) : from,
    secondsFrom: step >= TEN ? startOf(TENS, watermark) : from,
    end: watermark + 1,
  };
}

/** Used within one call only. */
const SUM = new Cell();

const TEN = TENS.step;
const MINUTE = MINUTES.step;
const SECONDS_REACH = reachOf(SECONDS);
const TENS_REACH = reachOf(TENS);
const LONGEST = WINDOW_SECONDS['1h'].length + MINUTE;
