import { type ByteSource, byteSource, equalBytes } from './byte-source.ts';

/** Places looked at for one key: senders choose the keys, and could choose ones that meet in one place. */
const MAX_PROBES = 16;

/** The numbers kept for each place: the key's hash, where it begins, its length plus 1 (0: free), its value's index. */
const HASH = 0;
const OFFSET = 1;
const LENGTH = 2;
const VALUE = 3;
const NUMBERS = 4;

/**
 * What was once made of a run of bytes, found again without making a string of it. A hash only leads to a candidate;
 * its bytes are always compared.
 *
 * Holds at most `maxEntries` keys of `maxBytes` together; when full it forgets all. What does not fit, or meets too
 * many others, is not remembered.
 */
export class ByteTable<T> {
  readonly #maxEntries: number;
  readonly #mask: number;
  readonly #places: Int32Array;
  readonly #keys: ByteSource;
  #values: T[] = [];
  #used = 0;

  constructor(maxEntries: number, maxBytes: number) {
    const places = 2 ** Math.ceil(Math.log2(maxEntries * 2));
    this.#maxEntries = maxEntries;
    this.#mask = places - 1;
    this.#places = new Int32Array(places * NUMBERS);
    this.#keys = byteSource(new Uint8Array(maxBytes));
  }

  get size(): number {
    return this.#values.length;
  }

  /** Undefined when there is nothing. */
  find(source: ByteSource, start: number, end: number): T | undefined {
    const hash = hashOf(source, start, end);
    const places = this.#places;
    for (let probe = 0; probe < MAX_PROBES; probe++) {
      const place = ((hash + probe) & this.#mask) * NUMBERS;
      const length = places[place + LENGTH]! - 1;
      if (length < 0) return undefined;
      if (
        places[place + HASH] === hash &&
        length === end - start &&
        equalBytes(source, start, end, this.#keys, places[place + OFFSET]!)
      ) {
        return this.#values[places[place + VALUE]!];
      }
    }
    return undefined;
  }

  /** Only for a key that {@link find} has not found. */
  add(source: ByteSource, start: number, end: number, value: T): void {
    const length = end - start;
    const { bytes } = this.#keys;
    if (length > bytes.length) return;
    if (this.#values.length === this.#maxEntries || this.#used + length > bytes.length) {
      this.#places.fill(0);
      this.#values = [];
      this.#used = 0;
    }
    const hash = hashOf(source, start, end);
    for (let probe = 0; probe < MAX_PROBES; probe++) {
      const place = ((hash + probe) & this.#mask) * NUMBERS;
      if (this.#places[place + LENGTH] !== 0) continue;
      bytes.set(source.bytes.subarray(start, end), this.#used);
      this.#places[place + HASH] = hash;
      this.#places[place + OFFSET] = this.#used;
      this.#places[place + LENGTH] = length + 1;
      this.#places[place + VALUE] = this.#values.push(value) - 1;
      this.#used += length;
      return;
    }
  }
}

/** 32 bits, signed. */
export function hashOf({ bytes, view }: ByteSource, start: number, end: number): number {
  let hash = end - start;
  if (hash < 4) {
    for (let at = start; at < end; at++) hash = (hash << 8) | bytes[at]!;
  } else {
    const last = end - 4;
    for (let at = start; at < last; at += 4) hash = mix(hash, view.getInt32(at, true));
    // The last four, though some of them may have been in the word before.
    hash = mix(hash, view.getInt32(last, true));
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return hash ^ (hash >>> 13);
}

function mix(hash: number, word: number): number {
  const mixed = Math.imul(hash ^ word, 0x9e3779b1);
  return mixed ^ (mixed >>> 15);
}
