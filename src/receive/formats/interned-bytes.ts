import { type JsonBytes, unsure } from './json-bytes.ts';

const QUOTE = 0x22;

/** Names, addresses, clusters and codes are shorter. */
const MAX_BYTES = 1024;
/** Places looked at for one string: senders choose them, and could choose ones that meet in one place. */
const MAX_PROBES = 16;
/** Kept free, so that the strings of one span always fit. */
const RESERVED_STRINGS = 64;
const RESERVED_WORDS = (RESERVED_STRINGS * MAX_BYTES) / 4;

/** The numbers of an entry, in one cache line. */
const HASH = 0;
const LENGTH = 1;
const START = 2;
const NUMBERS = 4;

/** The first n bytes of a little-endian word. */
const LOW_BYTES = Int32Array.of(0, 0xff, 0xffff, 0xffffff);

/**
 * JSON strings that were met before, found again by their bytes and numbered from 1: no string is made for one that is
 * already known. A hash only leads to a candidate, whose bytes are always compared. Bounded; its owner empties it when
 * it is {@link full}.
 */
export class InternedBytes {
  readonly #maxStrings: number;
  /** By hash: a number, or 0. */
  readonly #slots: Int32Array;
  /** The strings' bytes, each from a word of its own on, filled up with zeros. */
  readonly #words: Int32Array;
  /** By number: its hash, how long it is and the word it begins with. */
  readonly #entries: Int32Array;
  readonly #texts: string[] = [''];
  #usedWords = 0;

  /** `maxStrings` is a power of two. */
  constructor(maxStrings: number, maxWords: number) {
    this.#maxStrings = maxStrings;
    this.#slots = new Int32Array(2 * maxStrings);
    this.#words = new Int32Array(maxWords);
    this.#entries = new Int32Array(NUMBERS * maxStrings);
  }

  get full(): boolean {
    return (
      this.#texts.length > this.#maxStrings - RESERVED_STRINGS ||
      this.#usedWords > this.#words.length - RESERVED_WORDS
    );
  }

  clear(): void {
    this.#slots.fill(0);
    this.#texts.length = 1;
    this.#usedWords = 0;
  }

  text(number: number): string {
    return this.#texts[number]!;
  }

  /** The number of the string whose characters are these bytes, checked by `endOfString`. */
  intern(json: JsonBytes, from: number, to: number): number {
    return this.find(json, from, to) || this.#add(json, from, to);
  }

  /** As {@link intern}, but 0 when it was not met before. */
  find({ view }: JsonBytes, from: number, to: number): number {
    const length = to - from;
    const hash = hashOf(view, from, length);
    const entries = this.#entries;
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let probe = 0; probe < MAX_PROBES; probe += 1) {
      const number = slots[(hash + probe) & mask]!;
      if (number === 0) return 0;
      const entry = NUMBERS * number;
      if (
        entries[entry + HASH] === hash &&
        entries[entry + LENGTH] === length &&
        this.#standsAt(number, view, from, length)
      ) {
        return number;
      }
    }
    return 0;
  }

  /** Where the string that begins at `from` ends if it is this one; 0 when it is not, or `number` is 0. */
  endIf(number: number, { bytes, view }: JsonBytes, from: number): number {
    const length = this.#entries[NUMBERS * number + LENGTH]!;
    if (number === 0 || !this.#standsAt(number, view, from, length)) return 0;
    const end = from + length;
    return bytes[end] === QUOTE ? end : 0;
  }

  /** Whether the bytes from `at` on begin with this string's. */
  standsAt(number: number, { view }: JsonBytes, at: number): boolean {
    return this.#standsAt(number, view, at, this.#entries[NUMBERS * number + LENGTH]!);
  }

  #standsAt(number: number, view: DataView, at: number, length: number): boolean {
    const words = this.#words;
    let word = this.#entries[NUMBERS * number + START]!;
    let offset = at;
    for (const last = at + length - 4; offset <= last; offset += 4) {
      if (view.getInt32(offset, true) !== words[word]!) return false;
      word += 1;
    }
    const tail = LOW_BYTES[length & 3]!;
    return tail === 0 || (view.getInt32(offset, true) & tail) === words[word]!;
  }

  #add(json: JsonBytes, from: number, to: number): number {
    const length = to - from;
    if (length > MAX_BYTES) unsure();
    const number = this.#texts.push(json.text(from, to)) - 1;
    const hash = hashOf(json.view, from, length);
    const entry = NUMBERS * number;
    this.#entries[entry + HASH] = hash;
    this.#entries[entry + LENGTH] = length;
    this.#entries[entry + START] = this.#usedWords;
    this.#place(number, hash);
    for (let offset = 0; offset < length; offset += 4) {
      const left = length - offset;
      const word = json.view.getInt32(from + offset, true);
      this.#words[this.#usedWords] = left < 4 ? word & LOW_BYTES[left]! : word;
      this.#usedWords += 1;
    }
    return number;
  }

  /** Where too many meet, an older one is not found again. */
  #place(number: number, hash: number): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let probe = 0;
    while (probe < MAX_PROBES - 1 && slots[(hash + probe) & mask] !== 0) probe += 1;
    slots[(hash + probe) & mask] = number;
  }
}

function hashOf(view: DataView, from: number, length: number): number {
  let hash = length;
  let at = from;
  for (const last = from + length - 4; at <= last; at += 4) {
    hash = Math.imul(hash ^ view.getInt32(at, true), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  if ((length & 3) !== 0) {
    hash = Math.imul(hash ^ (view.getInt32(at, true) & LOW_BYTES[length & 3]!), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash, 0x85ebca6b);
  return hash ^ (hash >>> 13);
}
