import { WINDOW_SECONDS, type WindowName } from '../model/windows.ts';
import { Cell } from './cell.ts';
import type { CellStore } from './cell-store.ts';
import { Ring } from './ring.ts';

/**
 * One series of requests (a service, subset or dependency as one kind of reporter saw it) in cells of event time.
 *
 * A live event goes into its second. When the watermark has passed the end of ten seconds, their cells are
 * merged into one of ten seconds; six of those, when the minute has passed, into one of a minute. An event that
 * comes after its block was closed goes into every cell that already holds the block, so each cell is right at
 * all times. A window is the current step and the full steps before it.
 */
export class Series {
  readonly #seconds: Ring;
  readonly #tens: Ring;
  readonly #minutes: Ring;
  /** All ten-second blocks that end at or before this are closed; -1 before the first event. */
  #closed = -1;

  constructor(store: CellStore) {
    this.#seconds = new Ring(store, 1, SECOND_SLOTS);
    this.#tens = new Ring(store, TEN, TEN_SLOTS);
    this.#minutes = new Ring(store, MINUTE, MINUTE_SLOTS);
  }

  /**
   * Counts an event that ended in epoch second `second`. `watermark` is the watermark's second; `outcome` and `bin` as
   * in {@link CellStore.add}.
   */
  add(second: number, watermark: number, outcome: number, bin: number): void {
    this.#close(watermark, second);
    this.#seconds.add(second, outcome, bin);
    if (second >= this.#closed) return;
    this.#tens.add(floor(second, TEN), outcome, bin);
    if (second < floor(this.#closed, MINUTE)) {
      this.#minutes.add(floor(second, MINUTE), outcome, bin);
    }
  }

  /** Makes `into` what the window held when the watermark was in epoch second `watermark`. */
  window(name: WindowName, watermark: number, into: Cell): Cell {
    this.#close(watermark, watermark);
    into.clear();
    const { length, step } = WINDOW_SECONDS[name];
    const from = floor(watermark, step) - length + step;
    const end = watermark + 1;
    const tensFrom = step >= MINUTE ? floor(watermark, MINUTE) : from;
    const secondsFrom = step >= TEN ? floor(watermark, TEN) : from;
    if (step >= MINUTE) this.#minutes.sum(from, tensFrom, into);
    if (step >= TEN) this.#tens.sum(tensFrom, secondsFrom, into);
    this.#seconds.sum(secondsFrom, end, into);
    return into;
  }

  /** The cell of a minute that the watermark has passed; null when it has none. */
  minute(start: number, watermark: number): Cell | null {
    this.#close(watermark, watermark);
    if (!this.#minutes.has(start)) return null;
    const cell = new Cell();
    this.#minutes.sum(start, start + MINUTE, cell);
    return cell;
  }

  /** Puts back a minute as it was published. */
  restoreMinute(start: number, cell: Cell): void {
    this.#minutes.put(start, cell);
  }

  /** Gives its memory back; it must not be used afterwards. */
  free(): void {
    this.#seconds.free();
    this.#tens.free();
    this.#minutes.free();
  }

  /** Merges every block that the watermark has passed; an empty series begins with the block of `second`. */
  #close(watermark: number, second: number): void {
    if (this.#closed < 0) this.#closed = floor(Math.min(watermark, second), TEN);
    const upTo = floor(watermark, TEN);
    if (upTo <= this.#closed) return;
    // Nothing older than the longest window is ever asked for.
    this.#closed = Math.max(this.#closed, floor(upTo - LONGEST, TEN));
    for (; this.#closed < upTo; this.#closed += TEN) {
      const end = this.#closed + TEN;
      promote(this.#seconds, this.#closed, end, this.#tens);
      if (end % MINUTE === 0) promote(this.#tens, end - MINUTE, end, this.#minutes);
    }
  }
}

/** Sets the cell of `into` that starts at `start` to the sum of those of `from` in [start, end). */
function promote(from: Ring, start: number, end: number, into: Ring): void {
  SUM.clear();
  from.sum(start, end, SUM);
  if (!SUM.isEmpty) into.put(start, SUM);
}

/** Used within one call only. */
const SUM = new Cell();

const TEN = 10;
const MINUTE = 60;
/** A minute's window, two seconds ahead of the watermark, rounded up. */
const SECOND_SLOTS = 64;
const TEN_SLOTS = 32;
const MINUTE_SLOTS = 62;
const LONGEST = WINDOW_SECONDS['1h'].length + MINUTE;

const floor = (second: number, step: number) => second - (second % step);
