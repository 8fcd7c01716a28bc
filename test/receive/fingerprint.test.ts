import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Fingerprints, RecordHash } from '../../src/receive/fingerprint.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const numberOf = ({ low, high }: { low: number; high: number }) =>
  (BigInt(high) << 32n) | BigInt(low);

function fingerprint(raw: Uint8Array, ordinal: number): bigint {
  const hash = new RecordHash();
  hash.take(raw, ordinal);
  return numberOf(hash);
}

function next(body: Fingerprints, raw: Uint8Array): bigint {
  body.next(raw);
  return numberOf(body);
}

/** A line as proxies write them: neighbours differ in a digit or two. */
const line = (n: number) =>
  bytes(`[2026-11-23T10:00:00.${n % 1000}Z] "GET /reviews/${n} HTTP/1.1" 200 - 0 ${n % 97} 12 11`);

test('a line has the same fingerprint wherever it stands and whatever stands around it', () => {
  const alone = new Fingerprints();
  const among = new Fingerprints();
  among.next(line(1));
  const padded = new Uint8Array([9, 9, 9, ...line(7), 9]);
  expect(next(among, padded.subarray(3, -1))).toBe(next(alone, line(7)));
});

test('equal lines of one body differ by their ordinal, and a second body repeats them in order', () => {
  const [first, second] = [new Fingerprints(), new Fingerprints()].map((body) =>
    Array.from({ length: 1000 }, () => next(body, line(3))),
  );
  expect(new Set(first).size).toBe(1000);
  expect(second).toEqual(first);
});

test('no two of 200 000 neighbouring lines collide, in either half alone hardly any', () => {
  const all = new Set<bigint>();
  const [high, low] = [new Set<bigint>(), new Set<bigint>()];
  for (let n = 0; n < 200_000; n++) {
    const hash = fingerprint(line(n), 0);
    all.add(hash);
    high.add(hash >> 32n);
    low.add(hash & 0xffffffffn);
  }
  expect(all.size).toBe(200_000);
  // Birthday bound of 32 bits: about 4.7 collisions are expected.
  expect(high.size).toBeGreaterThan(199_970);
  expect(low.size).toBeGreaterThan(199_970);
});

test('every bit is set in about half of the fingerprints, of lines and of ordinals', () => {
  const rounds = 20_000;
  for (const hash of [
    (n: number) => fingerprint(line(n), 0),
    (n: number) => fingerprint(line(1), n),
  ]) {
    const ones = new Array<number>(64).fill(0);
    for (let n = 0; n < rounds; n++) {
      const value = hash(n);
      for (let bit = 0; bit < 64; bit++) ones[bit]! += Number((value >> BigInt(bit)) & 1n);
    }
    // Six standard deviations of a fair coin.
    const slack = 6 * Math.sqrt(rounds / 4);
    for (const count of ones) expect(Math.abs(count - rounds / 2)).toBeLessThan(slack);
  }
});

test('changing any one bit of a record changes about half of the fingerprint', () => {
  let changed = 0;
  let pairs = 0;
  const record = line(4711);
  const before = fingerprint(record, 0);
  for (let bit = 0; bit < record.length * 8; bit++) {
    const flipped = Uint8Array.from(record);
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    let difference = fingerprint(flipped, 0) ^ before;
    for (; difference > 0n; difference &= difference - 1n) changed++;
    pairs++;
  }
  expect(changed / pairs).toBeGreaterThan(30);
  expect(changed / pairs).toBeLessThan(34);
});

test('zero bytes at the end count, and the value is always 64 unsigned bits', () => {
  const zeros = Array.from({ length: 64 }, (_, length) => fingerprint(new Uint8Array(length), 0));
  expect(new Set(zeros).size).toBe(64);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), fc.nat(), (raw, ordinal) => {
      const hash = fingerprint(raw, ordinal);
      return hash >= 0n && hash < 2n ** 64n && hash === fingerprint(Uint8Array.from(raw), ordinal);
    }),
  );
});

/** The same over words of a copy that is filled up with zeros. */
function plainFingerprint(raw: Uint8Array, ordinal: number): bigint {
  const words = new DataView(new ArrayBuffer(raw.length + 4));
  for (const [at, byte] of raw.entries()) words.setUint8(at, byte);
  const rotated = (word: number, bits: number) => (word << bits) | (word >>> (32 - bits));
  let [a, b] = [0x9747b28c ^ ordinal, 0x3c6ef372 ^ ordinal];
  for (let at = 0; at < raw.length; at += 4) {
    const word = words.getInt32(at, true);
    a ^= Math.imul(rotated(Math.imul(word, 0xcc9e2d51), 15), 0x1b873593);
    a = (Math.imul(rotated(a, 13), 5) + 0xe6546b64) | 0;
    b ^= Math.imul(rotated(Math.imul(word, 0x239b961b), 17), 0xab0e9789);
    b = (Math.imul(rotated(b, 19), 5) + 0x561ccd1b) | 0;
  }
  const avalanched = (word: number) => {
    const once = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
    const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35);
    return twice ^ (twice >>> 16);
  };
  const sum = (a ^ raw.length) + (b ^ raw.length);
  const [first, second] = [avalanched(sum), avalanched((b ^ raw.length) + sum)];
  const high = (first + second) >>> 0;
  return numberOf({ high, low: (second + high) >>> 0 });
}

test('records of any length have the values of the plain version', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.integer(), (raw, ordinal) => {
      expect(fingerprint(raw, ordinal)).toBe(plainFingerprint(raw, ordinal));
    }),
  );
});

test('the values are those that are already in streams', () => {
  expect(fingerprint(bytes(''), 0).toString(16)).toBe('5d24967186cb5543');
  expect(fingerprint(bytes('abcde'), 0).toString(16)).toBe('825f1ef8cbe98679');
  expect(fingerprint(bytes('abcde'), 1).toString(16)).toBe('64bd4790ba32b3f8');
});
