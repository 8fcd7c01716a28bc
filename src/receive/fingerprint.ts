/**
 * A 64-bit, non-cryptographic fingerprint of each record's bytes and its ordinal among equal records of one body:
 * what a shipper sends again, alone or with new lines around it, gets the same one. One object per body.
 *
 * Two lanes of 32 bits with multipliers and rotations of their own, mixed into each other at the end
 * (the shape of MurmurHash3, which is in the public domain). Values travel on the stream: never change them.
 */
export class Fingerprints {
  readonly #seen = new Map<bigint, number>();

  next(raw: Uint8Array): bigint {
    const bytes = fingerprint(raw, 0);
    const ordinal = this.#seen.get(bytes) ?? 0;
    this.#seen.set(bytes, ordinal + 1);
    return ordinal === 0 ? bytes : fingerprint(raw, ordinal);
  }
}

/** `ordinal` is a 32-bit number. */
export function fingerprint(raw: Uint8Array, ordinal: number): bigint {
  let a = 0x9747b28c ^ ordinal;
  let b = 0x3c6ef372 ^ ordinal;
  const { length } = raw;
  for (let at = 0; at < length; at += 4) {
    // Past the end reads as 0; the length, mixed in below, tells "a" from "a\0".
    const word =
      raw[at]! |
      ((raw[at + 1] ?? 0) << 8) |
      ((raw[at + 2] ?? 0) << 16) |
      ((raw[at + 3] ?? 0) << 24);
    a ^= Math.imul(rotate(Math.imul(word, 0xcc9e2d51), 15), 0x1b873593);
    a = (Math.imul(rotate(a, 13), 5) + 0xe6546b64) | 0;
    b ^= Math.imul(rotate(Math.imul(word, 0x239b961b), 17), 0xab0e9789);
    b = (Math.imul(rotate(b, 19), 5) + 0x561ccd1b) | 0;
  }
  a = (a ^ length) + (b ^ length);
  b = (b ^ length) + a;
  a = avalanche(a);
  b = avalanche(b);
  a = (a + b) >>> 0;
  b = (b + a) >>> 0;
  return (BigInt(a) << 32n) | BigInt(b);
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
