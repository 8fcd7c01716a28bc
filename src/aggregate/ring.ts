import { Cell } from './cell.ts';

/**
 * The newest `slots` cells of one step length. A cell is addressed by the epoch second it starts at (a multiple
 * of the step); a newer cell takes the slot of the one that is `slots` steps older.
 */
export class Ring {
  readonly step: number;
  readonly #cells: (Cell | null)[];
  readonly #starts: Float64Array;

  constructor(step: number, slots: number) {
    this.step = step;
    this.#cells = new Array<Cell | null>(slots).fill(null);
    this.#starts = new Float64Array(slots).fill(-1);
  }

  /** The cell that starts at `start`, made if need be; null when a newer one has taken its slot. */
  at(start: number): Cell | null {
    const slot = (start / this.step) % this.#cells.length;
    const held = this.#starts[slot]!;
    if (held === start) return this.#cells[slot]!;
    if (held > start) return null;
    const cell = new Cell();
    this.#cells[slot] = cell;
    this.#starts[slot] = start;
    return cell;
  }

  /** Takes the place of what the slot holds, unless that is newer. */
  put(start: number, cell: Cell): void {
    const slot = (start / this.step) % this.#cells.length;
    if (this.#starts[slot]! > start) return;
    this.#cells[slot] = cell;
    this.#starts[slot] = start;
  }

  peek(start: number): Cell | null {
    const slot = (start / this.step) % this.#cells.length;
    return this.#starts[slot] === start ? this.#cells[slot]! : null;
  }

  /** Merges the cells that start in [from, to) into `into`. */
  sum(from: number, to: number, into: Cell): void {
    for (let start = from; start < to; start += this.step) {
      const cell = this.peek(start);
      if (cell !== null) into.merge(cell);
    }
  }
}
