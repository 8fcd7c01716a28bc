import fc from 'fast-check';
import { expect, test } from 'vitest';
import { UndecodableMessage } from '../../src/packed/errors.ts';
import { Reader } from '../../src/packed/reader.ts';
import { TextTable } from '../../src/packed/text-table.ts';

const utf8 = new TextEncoder();
/** Of the bytes alone, and of the same bytes among others. */
function textOf(table: TextTable, bytes: Uint8Array): string {
  const among = Uint8Array.of(0x41, ...bytes, 0x42, 0xff);
  return table.text(new Reader(among), 1, 1 + bytes.length, 'name');
}

/** Many that differ in little, so that they meet in the few places of a small table. */
const text = fc.oneof(
  fc.integer({ min: 0, max: 40 }).map((n) => `service-${n}.default`),
  fc.string({ unit: 'grapheme', maxLength: 30 }),
  fc.string({ minLength: 60, maxLength: 70 }),
  fc.constantFrom('', '\ufeffmark', '\u0000', 'a', 'a\u0000', '🦊'.repeat(16), '🦊'.repeat(17)),
);

test('every text is that of its bytes, whatever was in the table before', () => {
  fc.assert(
    fc.property(fc.constantFrom(2, 8, 4096), fc.array(text, { maxLength: 200 }), (places, all) => {
      const table = new TextTable(places);
      for (const each of all) expect(textOf(table, utf8.encode(each))).toBe(each);
    }),
  );
});

test('a text that is longer than its place does not become the beginning of the one beside it', () => {
  const short = 'efghijkl';
  for (let length = 60; length <= 72; length++) {
    const long = `${'x'.repeat(length).slice(4)}abcd`;
    const mixed = `${long.slice(64)}${short.slice(Math.max(0, length - 64))}`;
    for (const before of [[], ['one'], ['one', 'two']]) {
      const table = new TextTable(2);
      for (const each of [...before, short, long, mixed, short, long]) {
        expect(textOf(table, utf8.encode(each))).toBe(each);
      }
    }
  }
});

test('bytes that are not UTF-8 are refused each time, and the text that was there before stays', () => {
  const table = new TextTable(2);
  for (let round = 0; round < 3; round++) {
    expect(textOf(table, utf8.encode('reviews'))).toBe('reviews');
    for (const bytes of [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xc0, 0x80]]) {
      expect(() => textOf(table, Uint8Array.from(bytes))).toThrow(
        new UndecodableMessage('name: not UTF-8'),
      );
    }
  }
});
