import type { Cell } from './cell.ts';
import type { CellStore } from './cell-store.ts';

/**
 * The newest `slots` cells of one step length. A cell is addressed by the epoch second it starts at (a multiple
 * of the step); a newer cell takes the slot of the one that is `slots` steps older.
 */
export class Ring {
  readonly step: number;
  readonly #store: CellStore;
  readonly #slots: number;
  readonly #row: number;

  constructor(store: CellStore, step: number, slots: number) {
    this.step = step;
    this.#store = store;
    this.#slots = slots;
    this.#row = store.takeRow(slots);
  }

  /** Counts one event, as {@link CellStore.add}. */
  add(start: number, outcome: number, bin: number): void {
    this.#store.add(this.#slot(start), start, outcome, bin);
  }

  put(start: number, cell: Cell): void {
    this.#store.put(this.#slot(start), start, cell);
  }

  has(start: number): boolean {
    return this.#store.has(this.#slot(start), start);
  }

  /** Adds the cells that start in [from, to) to `into`. */
  sum(from: number, to: number, into: Cell): void {
    for (let start = from; start < to; start += this.step) {
      this.#store.sum(this.#slot(start), start, into);
    }
  }

  /** Gives its memory back; it must not be used afterwards. */
  free(): void {
    this.#store.freeRow(this.#row, this.#slots);
  }

  #slot(start: number): number {
    return this.#row + ((start / this.step) % this.#slots);
  }
}
