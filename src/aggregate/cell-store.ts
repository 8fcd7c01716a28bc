import { OUTCOMES } from '../model/outcome.ts';
import type { Cell } from './cell.ts';
import { BINS } from './sketch.ts';

/**
 * All cells of a fold, packed in one piece of memory: thousands of series keep some hundred cells each, and an object
 * with a typed array for each of them takes several times what is in it (RATIONALE.md).
 *
 * A cell is addressed by the *slot* that holds it, for it moves when it grows. Slots are given out in rows.
 *
 * A cell's words: kind and number of pairs, the epoch second it starts at, a count by outcome, then its latencies: pairs of
 * bin and count in one word each, or where that is more, a count per bin. The pairs are sorted, one for each bin, or
 * as they came: a slot is only ever added to by {@link CellStore.add}, `put` and `merge`, or by {@link CellStore.append}.
 */
export class CellStore {
  #words = new Uint32Array(FIRST_WORDS);
  /** The next word that was never used. 0 stands for no cell. */
  #next = 1;
  /** By kind, the first of the cells that are free; each names the next in its first word. */
  readonly #free = new Uint32Array(CELL_WORDS.length);
  readonly #freeRows = new Map<number, number[]>();
  #usedWords = 0;

  /** Bytes of all rows and cells in use. */
  get bytes(): number {
    return 4 * this.#usedWords;
  }

  /** Empty slots in a row; returns the first. */
  takeRow(slots: number): number {
    this.#usedWords += slots;
    return this.#freeRows.get(slots)?.pop() ?? this.#allocate(slots);
  }

  /** Gives a row and its cells back. */
  freeRow(row: number, slots: number): void {
    for (let slot = row; slot < row + slots; slot++) this.#drop(slot);
    this.#usedWords -= slots;
    const free = this.#freeRows.get(slots);
    if (free === undefined) this.#freeRows.set(slots, [row]);
    else free.push(row);
  }

  /** Whether the slot holds the cell that starts at `start`. */
  has(slot: number, start: number): boolean {
    const cell = this.#words[slot]!;
    return cell !== 0 && this.#words[cell + START] === start;
  }

  /**
   * Counts one event in the cell that starts at `start`, made if need be, unless the slot holds a newer one. `outcome`
   * is an index of OUTCOMES, `bin` of the sketch's bins; a bin below 0 is no latency.
   */
  add(slot: number, start: number, outcome: number, bin: number): void {
    const cell = this.#cell(slot, start);
    if (cell === 0) return;
    const words = this.#words;
    words[cell + COUNTS + outcome] = words[cell + COUNTS + outcome]! + 1;
    if (bin >= 0) this.#addBin(slot, bin, 1);
  }

  /** The same, with a pair for each latency: fastest, for a cell that is kept for a short time. */
  append(slot: number, start: number, outcome: number, bin: number): void {
    const cell = this.#cell(slot, start);
    if (cell === 0) return;
    const words = this.#words;
    words[cell + COUNTS + outcome] = words[cell + COUNTS + outcome]! + 1;
    if (bin >= 0) this.#appendBin(slot, bin);
  }

  /** Puts a cell that starts at `start` into the slot, unless a newer one is there. */
  put(slot: number, start: number, from: Cell): void {
    const held = this.#words[slot]!;
    if (held !== 0 && this.#words[held + START]! > start) return;
    this.#drop(slot);
    this.merge(slot, start, from);
  }

  /** Adds a cell to the one that starts at `start`, as {@link CellStore.add} does with one event. */
  merge(slot: number, start: number, from: Cell): void {
    const cell = this.#cell(slot, start);
    if (cell === 0) return;
    const words = this.#words;
    for (let i = 0; i < OUTCOMES.length; i++) {
      words[cell + COUNTS + i] = words[cell + COUNTS + i]! + from.counts[i]!;
    }
    from.latencies.eachBin((bin, n) => this.#addBin(slot, bin, n));
  }

  /** Adds the cell that starts at `start` to `into`; nothing when the slot holds another. */
  sum(slot: number, start: number, into: Cell): void {
    const words = this.#words;
    const cell = words[slot]!;
    if (cell === 0 || words[cell + START] !== start) return;
    const { counts, latencies } = into;
    for (let i = 0; i < OUTCOMES.length; i++) counts[i] = counts[i]! + words[cell + COUNTS + i]!;
    const from = cell + LATENCIES;
    if (isDense(words[cell]!)) {
      for (let bin = 0; bin < BINS; bin++) {
        const n = words[from + bin]!;
        if (n > 0) latencies.addKnown(bin, n);
      }
      return;
    }
    const end = from + pairsOf(words[cell]!);
    for (let at = from; at < end; at++) {
      const pair = words[at]!;
      latencies.addKnown(pair >>> COUNT_BITS, pair & MOST);
    }
  }

  /** How many events of an outcome are in the cell that starts at `start`; 0 when the slot holds another. */
  count(slot: number, start: number, outcome: number): number {
    const cell = this.#words[slot]!;
    if (cell === 0 || this.#words[cell + START] !== start) return 0;
    return this.#words[cell + COUNTS + outcome]!;
  }

  /** The cell of the slot, made new where it holds an older one or none; 0 when it holds a newer one. */
  #cell(slot: number, start: number): number {
    const held = this.#words[slot]!;
    if (held !== 0) {
      const starts = this.#words[held + START]!;
      if (starts === start) return held;
      if (starts > start) return 0;
      this.#drop(slot);
    }
    const cell = this.#take(0);
    this.#words[cell + START] = start;
    this.#words.fill(0, cell + COUNTS, cell + LATENCIES);
    this.#words[slot] = cell;
    return cell;
  }

  #addBin(slot: number, bin: number, n: number): void {
    const words = this.#words;
    const cell = words[slot]!;
    const info = words[cell]!;
    const from = cell + LATENCIES;
    if (isDense(info)) {
      words[from + bin] = words[from + bin]! + n;
      return;
    }
    const end = from + pairsOf(info);
    const at = firstAt(words, from, end, bin);
    const has = at < end && words[at]! >>> COUNT_BITS === bin;
    if (has && (words[at]! & MOST) + n <= MOST) {
      words[at] = words[at]! + n;
    } else if (!has && n <= MOST && end < cell + CELL_WORDS[kindOf(info)]!) {
      for (let to = end; to > at; to--) words[to] = words[to - 1]!;
      words[at] = ((bin << COUNT_BITS) | n) >>> 0;
      words[cell] = info + ONE_PAIR;
    } else {
      this.#grow(slot, has || n > MOST ? DENSE : kindOf(info) + 1);
      this.#addBin(slot, bin, n);
    }
  }

  #appendBin(slot: number, bin: number): void {
    const words = this.#words;
    const cell = words[slot]!;
    const info = words[cell]!;
    const from = cell + LATENCIES;
    const end = from + pairsOf(info);
    if (isDense(info)) {
      words[from + bin] = words[from + bin]! + 1;
    } else if (end < cell + CELL_WORDS[kindOf(info)]!) {
      words[end] = ((bin << COUNT_BITS) | 1) >>> 0;
      words[cell] = info + ONE_PAIR;
    } else {
      this.#grow(slot, kindOf(info) + 1);
      this.#appendBin(slot, bin);
    }
  }

  /** Moves the slot's cell into a larger kind. */
  #grow(slot: number, kind: number): void {
    const cell = this.#take(kind);
    const words = this.#words;
    const old = words[slot]!;
    const pairs = pairsOf(words[old]!);
    words.copyWithin(cell + START, old + START, old + LATENCIES + (kind === DENSE ? 0 : pairs));
    if (kind === DENSE) {
      words.fill(0, cell + LATENCIES, cell + CELL_WORDS[DENSE]!);
      for (let at = old + LATENCIES; at < old + LATENCIES + pairs; at++) {
        const bin = cell + LATENCIES + (words[at]! >>> COUNT_BITS);
        words[bin] = words[bin]! + (words[at]! & MOST);
      }
    } else {
      words[cell] = kind + pairs * ONE_PAIR;
    }
    this.#drop(slot);
    words[slot] = cell;
  }

  /** A cell of this kind without pairs; what else is in it is left over. */
  #take(kind: number): number {
    this.#usedWords += CELL_WORDS[kind]!;
    let cell = this.#free[kind]!;
    if (cell === 0) cell = this.#allocate(CELL_WORDS[kind]!);
    else this.#free[kind] = this.#words[cell]!;
    this.#words[cell] = kind;
    return cell;
  }

  #drop(slot: number): void {
    const cell = this.#words[slot]!;
    if (cell === 0) return;
    const kind = kindOf(this.#words[cell]!);
    this.#usedWords -= CELL_WORDS[kind]!;
    this.#words[cell] = this.#free[kind]!;
    this.#free[kind] = cell;
    this.#words[slot] = 0;
  }

  #allocate(words: number): number {
    const at = this.#next;
    this.#next += words;
    if (this.#next > this.#words.length) {
      const { length } = this.#words;
      const growth = length < LARGE_WORDS ? 2 : GROWTH;
      const larger = new Uint32Array(Math.max(Math.ceil(length * growth), this.#next));
      larger.set(this.#words);
      this.#words = larger;
    }
    return at;
  }
}

const FIRST_WORDS = 2 ** 14;
/** Growing copies all of it, but what is not used yet is memory too. */
const GROWTH = 1.25;
const LARGE_WORDS = 2 ** 22;

// Of a cell.
const START = 1;
const COUNTS = 2;
const LATENCIES = COUNTS + OUTCOMES.length;
/** Words of each kind of cell; the last has a count per bin. */
const CELL_WORDS = [8, 16, 32, 64, 128, 256, 512, LATENCIES + BINS];
const DENSE = CELL_WORDS.length - 1;

// Of a cell's first word: the kind, above it the number of pairs.
const ONE_PAIR = 8;
const kindOf = (info: number) => info & (ONE_PAIR - 1);
const pairsOf = (info: number) => info >>> 3;
const isDense = (info: number) => info === DENSE;

// Of a pair: 11 bits of bin, 21 of count.
const COUNT_BITS = 21;
const MOST = 2 ** COUNT_BITS - 1;

/** The first of sorted pairs whose bin is not below `bin`. */
function firstAt(words: Uint32Array, from: number, end: number, bin: number): number {
  let low = from;
  let high = end;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (words[middle]! >>> COUNT_BITS < bin) low = middle + 1;
    else high = middle;
  }
  return low;
}
