import { type JsonBytes, unsure } from './json-bytes.ts';

export const MAX_STRINGS = 2 ** 14;
const MAX_WORDS = 2 ** 18;
const QUOTE = 0x22;

/** The first n bytes of a little-endian word. */
const LOW_BYTES = Int32Array.of(0, 0xff, 0xffff, 0xffffff);

/** Names, addresses, clusters and codes are shorter. */
const MAX_BYTES = 1024;
const SLOTS = 2 * MAX_STRINGS;
const MAX_PROBES = 16;
/** Kept free, so that one span's strings always fit. */
const RESERVED_STRINGS = 64;
const RESERVED_WORDS = (RESERVED_STRINGS * MAX_BYTES) / 4;

/**
 * JSON strings that were met before, found again by their bytes and numbered from 1: no string is made for a name that
 * is already known. A hit is compared with a copy of the bytes. Bounded; its owner empties it when it is {@link full}.
 */
export class InternedBytes {
  readonly #slots = new Int32Array(SLOTS);
  readonly #words = new Int32Array(MAX_WORDS);
  readonly #starts = new Int32Array(MAX_STRINGS);
  readonly #lengths = new Int32Array(MAX_STRINGS);
  readonly #hashes = new Int32Array(MAX_STRINGS);
  readonly #texts: string[] = [''];
  #usedWords = 0;

  get full(): boolean {
    return (
      this.#texts.length > MAX_STRINGS - RESERVED_STRINGS ||
      this.#usedWords > MAX_WORDS - RESERVED_WORDS
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
    const length = to - from;
    if (length > MAX_BYTES) unsure();
    const hash = hashOf(json.view, from, length);
    let slot = hash & (SLOTS - 1);
    for (let probe = 0; probe < MAX_PROBES; probe += 1) {
      const number = this.#slots[slot]!;
      if (number === 0) break;
      if (
        this.#hashes[number] === hash &&
        this.#lengths[number] === length &&
        this.standsAt(number, json, from)
      ) {
        return number;
      }
      slot = (slot + 1) & (SLOTS - 1);
    }
    return this.#add(json, from, to, hash, slot);
  }

  /** Whether the bytes from `at` on begin with this string's. */
  standsAt(number: number, { view }: JsonBytes, at: number): boolean {
    const words = this.#words;
    const length = this.#lengths[number]!;
    let word = this.#starts[number]!;
    let offset = at;
    for (const last = at + length - 4; offset <= last; offset += 4) {
      if (view.getInt32(offset, true) !== words[word]!) return false;
      word += 1;
    }
    const tail = LOW_BYTES[length & 3]!;
    return tail === 0 || (view.getInt32(offset, true) & tail) === words[word]!;
  }

  /** Where the string that begins at `from` ends if it is this one; 0 when it is not, or there is none. */
  endIf(number: number, json: JsonBytes, from: number): number {
    if (number === 0 || !this.standsAt(number, json, from)) return 0;
    const end = from + this.#lengths[number]!;
    return json.bytes[end] === QUOTE ? end : 0;
  }

  #add(json: JsonBytes, from: number, to: number, hash: number, slot: number): number {
    const number = this.#texts.push(json.text(from, to)) - 1;
    const length = to - from;
    this.#starts[number] = this.#usedWords;
    this.#lengths[number] = length;
    this.#hashes[number] = hash;
    this.#slots[slot] = number;
    for (let offset = 0; offset < length; offset += 4) {
      const left = length - offset;
      const word = json.view.getInt32(from + offset, true);
      this.#words[this.#usedWords] = left < 4 ? word & LOW_BYTES[left]! : word;
      this.#usedWords += 1;
    }
    return number;
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
