import fc from 'fast-check';
import { expect, test } from 'vitest';
import { setLow64 } from '../../src/packed/low64.ts';

function low64(hex: string | null): bigint {
  const ids = BigUint64Array.of(1n, 1n, 1n);
  setLow64(new Uint32Array(ids.buffer), 1, hex);
  expect([ids[0], ids[2]]).toEqual([1n, 1n]);
  return ids[1]!;
}

const digits = fc.string({ unit: fc.constantFrom(...'0123456789abcdefABCDEF'), minLength: 1 });

test('the low 64 bits of a hex id are those of its number, in either case and of any length', () => {
  fc.assert(
    fc.property(digits, (hex) => {
      expect(low64(hex)).toBe(BigInt.asUintN(64, BigInt(`0x${hex}`)));
    }),
  );
});

test.each([null, '', 'x', '12345678g', '-1', '0x1', ' 1', '1 ', 'ａ', '1\u0661'])(
  '%j has none: 0',
  (hex) => {
    expect(low64(hex)).toBe(0n);
  },
);

test('only the last 16 characters count', () => {
  expect(low64('not hex 463ac35c9f6413ad')).toBe(0x463ac35c9f6413adn);
});
