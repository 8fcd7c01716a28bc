import { MINUTE_US } from '../model/time.ts';
import type { IdLog } from './changes/id-log.ts';
import { HORIZON_US } from './stream-time.ts';

/**
 * 64-bit ids seen within the horizon, so that a second copy is recognised.
 *
 * Ids live in one table per minute of event time. A copy has the same end as its original, so one table answers.
 * Only a clamped end differs between copies: then all live tables are asked, and the id is put under the end that was
 * said as well, for a copy that comes when the clock has caught up. A table is dropped once every event in it would be
 * late anyway: nothing is counted twice within the horizon, and beyond it nothing is counted.
 *
 * Ids are hashes: of six million remembered ones, the chance that any new one is taken for another is about one in
 * three million million.
 */
export class IdMemory {
  readonly #capacity: number;
  readonly #seed: number;
  readonly #minutes = new Map<number, IdTable>();
  /** The minute that was asked last, and its table. */
  #minute = NONE;
  #table: IdTable;
  #size = 0;
  /** Ids that were not remembered because the memory was full. */
  overflowed = 0;
  readonly #log: IdLog | null;

  /**
   * At most `capacity` ids are remembered at a time, in 16 to 32 bytes each. Senders choose ids: `seed` is 32 bits they
   * do not know, so that they cannot choose ids that share a place. No answer depends on it. `log` notes what is
   * remembered.
   */
  constructor(capacity: number, seed = 0, log: IdLog | null = null) {
    this.#capacity = capacity;
    this.#log = log;
    this.#seed = seed;
    this.#table = new IdTable(seed, 0);
  }

  /**
   * True when the id was seen before; remembers it when not. The id's halves are unsigned 32-bit, `endUs` is the end as
   * it counts, `saidUs` as the record said: later where it was clamped.
   */
  seen(high: number, low: number, endUs: number, saidUs: number): boolean {
    if (saidUs === endUs) return !this.#remember(high, low, minuteNumber(endUs));
    const has = this.seenAnywhere(high, low, endUs);
    const soon = saidUs - endUs <= HORIZON_US && minuteNumber(saidUs) !== minuteNumber(endUs);
    if (soon) this.#remember(high, low, minuteNumber(saidUs));
    return has;
  }

  /** The same where nothing is said of the end a copy would have. */
  seenAnywhere(high: number, low: number, endUs: number): boolean {
    let has = false;
    for (const table of this.#minutes.values()) has ||= table.has(high, low);
    // Also when it has: what is known afterwards must not depend on what was known before (a rebuild has read less).
    this.#remember(high, low, minuteNumber(endUs));
    return has;
  }

  /** Remembers ids of one minute again, none of them known, given as in {@link IdLog}: the words are kept. */
  restore(minute: number, words: Uint32Array): void {
    if (minute !== this.#minute) this.#turnTo(minute);
    this.#table.addLater(words);
    this.#size += words.length / 2;
  }

  /** Forgets minutes that ended before the horizon. */
  forget(horizonUs: number): void {
    const oldest = minuteNumber(horizonUs);
    for (const [minute, table] of this.#minutes) {
      if (minute >= oldest) continue;
      this.#minutes.delete(minute);
      if (minute === this.#minute) this.#minute = NONE;
      this.#size -= table.size;
    }
  }

  get size(): number {
    return this.#size;
  }

  /** False when the minute has the id already. */
  #remember(high: number, low: number, minute: number): boolean {
    if (minute !== this.#minute) this.#turnTo(minute);
    const table = this.#table;
    if (this.#size >= this.#capacity) {
      if (table.has(high, low)) return false;
      this.overflowed++;
      return true;
    }
    if (!table.add(high, low)) return false;
    this.#size++;
    this.#log?.add(minute, high, low);
    return true;
  }

  #turnTo(minute: number): void {
    let table = this.#minutes.get(minute);
    if (table === undefined) {
      // As many as in the minute before, so that it need not grow step by step. After any other one, senders could make
      // that much for each minute they think of.
      const expected = minute === this.#minute + 1 ? this.#table.size : 0;
      table = new IdTable(this.#seed, Math.min(expected, this.#capacity - this.#size));
      this.#minutes.set(minute, table);
    }
    this.#minute = minute;
    this.#table = table;
  }
}

const NONE = -1;

/** The minute since the epoch that holds an instant. */
export const minuteNumber = (us: number) => Math.floor(us / MINUTE_US);

/**
 * Open addressing with linear probing, at most half full. An id is a pair of words, the lower first; the pair (0, 0) marks
 * a free place.
 */
class IdTable {
  readonly #seed: number;
  size = 0;
  #slots: Uint32Array;
  /** Pairs of ids that are in `size`, but not yet in their places. */
  #later: Uint32Array[] = [];

  /** With room for `expected` ids; it grows when there are more. */
  constructor(seed: number, expected: number) {
    this.#seed = seed;
    this.#slots = slotsFor(expected);
  }

  has(high: number, low: number): boolean {
    if (this.#later.length > 0) this.#addAll();
    const at = this.#find(high, low);
    return this.#slots[at] !== 0 || this.#slots[at + 1] !== 0;
  }

  /** False when it is in it already. */
  add(high: number, low: number): boolean {
    if (this.#later.length > 0) this.#addAll();
    const at = this.#find(high, low);
    const slots = this.#slots;
    if (slots[at] !== 0 || slots[at + 1] !== 0) return false;
    slots[at] = high === 0 && low === 0 ? 1 : low;
    slots[at + 1] = high;
    this.size++;
    if (4 * this.size >= slots.length) this.#grow();
    return true;
  }

  /**
   * Adds ids that are not in it, once it is asked: it then has room for all at once, and most minutes are never asked
   * again.
   */
  addLater(ids: Uint32Array): void {
    this.#later.push(ids);
    this.size += ids.length / 2;
  }

  #addAll(): void {
    const later = this.#later;
    this.#later = [];
    if (4 * this.size >= this.#slots.length) this.#grow();
    for (const ids of later) placeAll(ids, this.#slots, this.#seed);
  }

  /** Where the id is, or the free place where it would be. */
  #find(high: number, wanted: number): number {
    const slots = this.#slots;
    const low = high === 0 && wanted === 0 ? 1 : wanted;
    const mask = slots.length / 2 - 1;
    let place = hash(high, low, this.#seed);
    for (;;) {
      place &= mask;
      const at = 2 * place;
      const foundLow = slots[at]!;
      const foundHigh = slots[at + 1]!;
      if ((foundHigh === high && foundLow === low) || (foundHigh === 0 && foundLow === 0))
        return at;
      place++;
    }
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = slotsFor(this.size);
    placeAll(old, this.#slots, this.#seed);
  }
}

/** For so many ids, less than half full: a power of two of places. */
function slotsFor(ids: number): Uint32Array {
  return new Uint32Array(2 * 2 ** Math.ceil(Math.log2(Math.max(2 * ids + 1, FIRST_PLACES))));
}

/** Puts ids where there is room for them and none of them is yet. */
function placeAll(ids: Uint32Array, slots: Uint32Array, seed: number): void {
  const mask = slots.length - 1;
  for (let i = 0; i < ids.length; i += 2) {
    const low = ids[i]!;
    const high = ids[i + 1]!;
    if (low === 0 && high === 0) continue;
    let at = (2 * hash(high, low, seed)) & mask;
    while (slots[at] !== 0 || slots[at + 1] !== 0) at = (at + 2) & mask;
    slots[at] = low;
    slots[at + 1] = high;
  }
}

const FIRST_PLACES = 1024;

function hash(high: number, low: number, seed: number): number {
  return scramble(scramble(seed ^ high) ^ low);
}

/** Finalizer of MurmurHash3: every bit in changes half of the bits out. */
function scramble(value: number): number {
  let h = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
