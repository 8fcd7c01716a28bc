import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Dictionary } from '../../src/packed/dictionary.ts';

/** Few lengths and letters, so that many are looked for in the same place. */
const text = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', 'b', '東'), maxLength: 5 }),
  fc.integer({ min: 0, max: 300 }).map((n) => `service-${n}`),
);
const maybeText = fc.option(text, { nil: null });

test('distinct texts are numbered in the order they came, beside another dictionary', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(maybeText, fc.boolean()), { maxLength: 120 }), (asked) => {
      const dictionaries = [new Dictionary(), new Dictionary()];
      const expected: (string | null)[][] = [[null], [null]];
      for (const [each, second] of asked) {
        const [which, texts] = [Number(second), expected[Number(second)]!];
        if (!texts.includes(each)) texts.push(each);
        expect(dictionaries[which]!.indexOf(each)).toBe(texts.indexOf(each));
      }
      expect(dictionaries.map(({ texts }) => texts)).toEqual(expected);
    }),
  );
});

test('thousands of texts, more than can be hinted at, keep their numbers', () => {
  const [dictionary, other] = [new Dictionary(), new Dictionary()];
  const texts = Array.from({ length: 3_000 }, (_, i) => `service-${i}.default`);
  for (let round = 0; round < 2; round++) {
    expect(texts.map((each) => dictionary.indexOf(each))).toEqual(texts.map((_, i) => i + 1));
    for (const each of texts.toReversed()) other.indexOf(each);
  }
  expect(dictionary.texts).toEqual([null, ...texts]);
  expect(other.texts).toEqual([null, ...texts.toReversed()]);
});

test('its bytes are those of its texts and never more than the rough figure', () => {
  fc.assert(
    fc.property(fc.uniqueArray(text, { maxLength: 40 }), fc.nat(), (texts, half) => {
      const dictionary = new Dictionary();
      const utf8 = new TextEncoder();
      let bytes = 0;
      texts.forEach((each, i) => {
        dictionary.indexOf(each);
        bytes += 6 + utf8.encode(each).length;
        if (i >= half % 40) expect(dictionary.bytes).toBe(bytes);
      });
      expect(dictionary.bytes).toBe(bytes);
      expect(dictionary.roughBytes).toBeGreaterThanOrEqual(bytes);
    }),
  );
});
