import { describe, expect, it } from 'vitest';
import { InternedBytes } from '../../../src/receive/formats/interned-bytes.ts';
import { JsonBytes, Unsure } from '../../../src/receive/formats/json-bytes.ts';
import { KeyTable } from '../../../src/receive/formats/key-table.ts';

/** The texts as one body of quoted strings; calls `each` with where their characters begin and end. */
function eachOf(
  texts: readonly string[],
  each: (json: JsonBytes, from: number, to: number, text: string) => void,
): void {
  const json = new JsonBytes();
  json.load(new TextEncoder().encode(`${texts.map((text) => JSON.stringify(text)).join(',')},`));
  let at = 0;
  for (const text of texts) {
    const end = json.endOfString(at + 1);
    each(json, at + 1, end, text);
    at = end + 2;
  }
}

/** Of all lengths around a word's, alike at either end. */
const NAMES = Array.from({ length: 5000 }, (_, i) => 'x'.repeat(i % 13) + i + 'y'.repeat(i % 11));

describe('strings that were met before', () => {
  it('have the number they got, and no two the same', () => {
    const strings = new InternedBytes(2 ** 13, 2 ** 16);
    const numbers = new Map<string, number>();
    eachOf(NAMES, (json, from, to, text) => numbers.set(text, strings.intern(json, from, to)));
    expect(new Set(numbers.values()).size).toBe(new Set(NAMES).size);
    eachOf(NAMES.toReversed(), (json, from, to, text) => {
      expect(strings.find(json, from, to)).toBe(numbers.get(text));
      expect(strings.intern(json, from, to)).toBe(numbers.get(text));
      expect(strings.text(numbers.get(text)!)).toBe(text);
      expect(strings.endIf(numbers.get(text)!, json, from)).toBe(to);
    });
  });

  it('are told from each other also where one begins like the other', () => {
    const strings = new InternedBytes(128, 2 ** 16);
    const texts = ['', 'a', 'ab', 'abc', 'abcd', 'abcde', 'abcdefgh', 'abcdefghi'];
    const numbers = new Map<string, number>();
    eachOf(texts, (json, from, to, text) => numbers.set(text, strings.intern(json, from, to)));
    eachOf(texts, (json, from, to, text) => {
      for (const [other, number] of numbers) {
        expect(strings.endIf(number, json, from), `${other} at ${text}`).toBe(
          other === text ? to : 0,
        );
        expect(strings.standsAt(number, json, from)).toBe(text.startsWith(other));
      }
    });
  });

  it('may be forgotten where too many meet, but are never mistaken', () => {
    const strings = new InternedBytes(2 ** 12, 2 ** 16);
    const names = Array.from({ length: 4000 }, (_, i) => `name ${i}`);
    eachOf(names, (json, from, to) => strings.intern(json, from, to));
    let found = 0;
    eachOf(names, (json, from, to, text) => {
      const number = strings.find(json, from, to);
      if (number === 0) return;
      found += 1;
      expect(strings.text(number)).toBe(text);
    });
    expect(found).toBeGreaterThan(3900);
  });

  it('are forgotten together', () => {
    const strings = new InternedBytes(128, 2 ** 16);
    eachOf(NAMES.slice(0, 70), (json, from, to) => strings.intern(json, from, to));
    expect(strings.full).toBe(true);
    strings.clear();
    expect(strings.full).toBe(false);
    eachOf(NAMES.slice(0, 3), (json, from, to, text) => {
      expect(strings.find(json, from, to)).toBe(0);
      expect(strings.text(strings.intern(json, from, to))).toBe(text);
    });
  });

  it('are short', () => {
    const strings = new InternedBytes(128, 2 ** 16);
    eachOf(['x'.repeat(1024), 'x'.repeat(1025)], (json, from, to, text) => {
      const intern = () => strings.intern(json, from, to);
      if (text.length > 1024) expect(intern).toThrow(Unsure);
      else expect(strings.text(intern())).toBe(text);
    });
  });
});

describe('a table of names', () => {
  const known = { id: 0, traceId: 1, kind: 2, 'http.status_code': 7, 'grpc.status_code': 8 };
  const table = new KeyTable(known);

  it('knows its names and no others', () => {
    const others = [
      '',
      'i',
      'idd',
      'Id',
      'traceid',
      'http.status_codf',
      'ttp.status_code',
      '\\u0069d',
    ];
    eachOf([...Object.keys(known), ...others], (json, from, to, text) => {
      expect(table.find(json, from, to), text).toBe((known as Record<string, number>)[text] ?? -1);
    });
  });
});
