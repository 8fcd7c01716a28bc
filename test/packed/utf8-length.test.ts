import fc from 'fast-check';
import { expect, test } from 'vitest';
import { utf8Length } from '../../src/packed/utf8-length.ts';

const encoded = (text: string) => new TextEncoder().encode(text).length;

test('a text has as many bytes as TextEncoder makes of it, whatever its code units', () => {
  const units = fc.array(
    fc.oneof(fc.nat(0x7f), fc.nat(0x900), fc.integer({ min: 0xd7f0, max: 0xe010 }), fc.nat(0xffff)),
  );
  fc.assert(
    fc.property(units, (codes) => {
      const text = String.fromCharCode(...codes);
      expect(utf8Length(text)).toBe(encoded(text));
    }),
    { numRuns: 2000 },
  );
});

test.each(['', 'reviews.default', 'größe', '評価', '😀', '\ud83d', '\ude00\ud83d'])(
  '%j',
  (text) => {
    expect(utf8Length(text)).toBe(encoded(text));
  },
);
