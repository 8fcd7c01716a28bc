import { Occurrences } from './occurrences.ts';

/**
 * A 64-bit, non-cryptographic fingerprint of each record's bytes and its ordinal among equal records of one body:
 * what a shipper sends again, alone or with new lines around it, gets the same one. One object per body.
 */
export class Fingerprints {
  readonly #hash = new RecordHash();
  readonly #seen = new Occurrences();

  /** The lower half of the fingerprint that `next` found, not negative. */
  get low(): number {
    return this.#hash.low;
  }

  get high(): number {
    return this.#hash.high;
  }

  next(raw: Uint8Array): void {
    const hash = this.#hash;
    hash.take(raw, 0);
    const ordinal = this.#seen.add(hash.low, hash.high);
    if (ordinal > 0) hash.take(raw, ordinal);
  }
}

/**
 * Two lanes of 32 bits with multipliers and rotations of their own, mixed into each other at the end
 * (the shape of MurmurHash3, which is in the public domain). Values travel on the stream: never change them.
 *
 * The halves apart, as a 64-bit integer for each record is an object of its own.
 */
export class RecordHash {
  low = 0;
  high = 0;

  /** `ordinal` is a 32-bit number. */
  take(raw: Uint8Array, ordinal: number): void {
    let a = 0x9747b28c ^ ordinal;
    let b = 0x3c6ef372 ^ ordinal;
    const { length } = raw;
    const whole = length & ~3;
    for (let at = 0; at < whole; at += 4) {
      const word = raw[at]! | (raw[at + 1]! << 8) | (raw[at + 2]! << 16) | (raw[at + 3]! << 24);
      a = mixA(a, word);
      b = mixB(b, word);
    }
    if (whole < length) {
      // Past the end reads as 0; the length, mixed in below, tells "a" from "a\0".
      let word = 0;
      for (let at = whole; at < length; at++) word |= raw[at]! << (8 * (at - whole));
      a = mixA(a, word);
      b = mixB(b, word);
    }
    a = (a ^ length) + (b ^ length);
    b = (b ^ length) + a;
    a = avalanche(a);
    b = avalanche(b);
    a = (a + b) >>> 0;
    this.high = a;
    this.low = (b + a) >>> 0;
  }
}

function mixA(lane: number, word: number): number {
  const mixed = lane ^ Math.imul(rotate(Math.imul(word, 0xcc9e2d51), 15), 0x1b873593);
  return (Math.imul(rotate(mixed, 13), 5) + 0xe6546b64) | 0;
}

function mixB(lane: number, word: number): number {
  const mixed = lane ^ Math.imul(rotate(Math.imul(word, 0x239b961b), 17), 0xab0e9789);
  return (Math.imul(rotate(mixed, 19), 5) + 0x561ccd1b) | 0;
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

/** Every bit of the input changes every bit of the output with probability near one half. */
function avalanche(word: number): number {
  let mixed = word ^ (word >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
