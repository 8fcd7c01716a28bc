import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ByteSource,
  byteSource,
  equalBytes,
  textAt,
} from '../../../src/receive/formats/byte-source.ts';
import { ByteTable, hashOf } from '../../../src/receive/formats/byte-table.ts';

const source = (bytes: Uint8Array | string) =>
  byteSource(typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes);

const find = <T>(table: ByteTable<T>, key: ByteSource) => table.find(key, 0, key.bytes.length);

function remember<T>(table: ByteTable<T>, key: ByteSource, value: T): void {
  if (find(table, key) === undefined) table.add(key, 0, key.bytes.length, value);
}

describe('a byte table', () => {
  it('gives back what was made of the same bytes, wherever they stand, and nothing else', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 9 }), { maxLength: 60 }), (keys) => {
        const table = new ByteTable<string>(64, 1024);
        const known = new Map<string, string>();
        for (const [n, key] of keys.entries()) {
          const name = Buffer.from(key).toString('hex');
          const at = n % 5;
          const body = source(new Uint8Array([...new Array(at).fill(0x2d), ...key, 0x2d]));
          expect(table.find(body, at, at + key.length)).toBe(known.get(name));
          if (known.has(name)) continue;
          table.add(body, at, at + key.length, name);
          known.set(name, name);
        }
        for (const [name, value] of known) {
          expect(find(table, source(new Uint8Array(Buffer.from(name, 'hex'))))).toBe(value);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('tells many thousands of keys apart that differ in one place', () => {
    const table = new ByteTable<number>(70_000, 2 ** 22);
    const key = (n: number) => source(`outbound|8080|v1|s${n}.web.svc.cluster.local`);
    for (let n = 0; n < 60_000; n++) remember(table, key(n), n);
    let found = 0;
    for (let n = 0; n < 70_000; n++) {
      const value = find(table, key(n));
      if (value === undefined) continue;
      if (value !== n) throw new Error(`${n} was found as ${value}`);
      found++;
    }
    // A key that met too many others is not remembered.
    expect(found).toBeGreaterThan(59_900);
    expect(found).toBe(table.size);
  });

  it('tells keys apart that hash alike', () => {
    const byHash = new Map<number, string>();
    const pairs: [string, string][] = [];
    for (let n = 0; n < 300_000; n++) {
      // Of one length: another would tell them apart by itself.
      const key = `${Math.imul(n, 0x9e3779b1) >>> 0}`.padStart(10, '0');
      const hash = hashOf(source(key), 0, key.length);
      const other = byHash.get(hash);
      if (other === undefined) byHash.set(hash, key);
      else pairs.push([other, key]);
    }
    // Of so many keys about ten pairs share 32 bits.
    expect(pairs.length).toBeGreaterThan(0);
    for (const [one, other] of pairs) {
      const table = new ByteTable<string>(10, 100);
      remember(table, source(one), one);
      expect(find(table, source(other))).toBeUndefined();
      remember(table, source(other), other);
      expect([find(table, source(one)), find(table, source(other))]).toEqual([one, other]);
    }
  });

  it('keeps null apart from nothing', () => {
    const table = new ByteTable<string | null>(4, 64);
    expect(find(table, source('a'))).toBeUndefined();
    remember(table, source('a'), null);
    expect(find(table, source('a'))).toBeNull();
  });

  it('never holds more keys or bytes than it may', () => {
    const few = new ByteTable<number>(10, 1000);
    const small = new ByteTable<number>(1000, 100);
    for (let n = 0; n < 1000; n++) {
      const key = source(`key ${n}`);
      remember(few, key, n);
      remember(small, key, n);
      expect(few.size).toBeLessThanOrEqual(10);
      expect(small.size).toBeLessThanOrEqual(20);
      expect(find(few, key)).toBe(n);
      expect(find(small, key)).toBe(n);
    }
  });

  it('does not remember a key that is longer than all it holds', () => {
    const table = new ByteTable<number>(10, 16);
    const long = source('x'.repeat(17));
    remember(table, source('short'), 1);
    remember(table, long, 2);
    expect(find(table, long)).toBeUndefined();
    expect(find(table, source('short'))).toBe(1);
  });

  it('reads no byte outside its body, even where it reads four at once', () => {
    const whole = new Uint8Array(20).fill(0x41);
    const table = new ByteTable<number>(10, 100);
    for (let length = 0; length <= 5; length++) {
      const body = byteSource(whole.subarray(7, 7 + length));
      remember(table, body, length);
      whole.fill(0x42, 0, 7);
      whole.fill(0x42, 7 + length);
      expect(find(table, body)).toBe(length);
      whole.fill(0x41);
    }
  });
});

describe('bytes at two places', () => {
  it('are equal when each of them is', () => {
    const changed = fc
      .tuple(fc.uint8Array({ maxLength: 13 }), fc.nat(20), fc.constantFrom(0, 0, 1, 0x80))
      .map(([bytes, at, by]) => {
        const other = bytes.slice();
        if (at < other.length) other[at]! ^= by;
        return [bytes, other] as const;
      });
    fc.assert(
      fc.property(changed, fc.nat(3), ([bytes, other], before) => {
        const there = source(new Uint8Array([...new Array(before).fill(7), ...other, 7]));
        expect(equalBytes(source(bytes), 0, bytes.length, there, before)).toBe(
          Buffer.from(bytes).equals(other),
        );
      }),
      { numRuns: 1000 },
    );
  });
});

describe('the text at a place', () => {
  it('is what a TextDecoder makes of it, invalid UTF-8 and all', () => {
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.string({ unit: 'binary' }).map((s) => source(s).bytes),
        ),
        fc.nat(8),
        (bytes, skip) => {
          const start = Math.min(skip, bytes.length);
          const expected = decoder.decode(bytes.subarray(start));
          expect(textAt(source(bytes), start, bytes.length)).toBe(expected);
        },
      ),
      { numRuns: 500 },
    );
  });
});
