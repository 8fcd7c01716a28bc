import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Occurrences } from '../../src/receive/occurrences.ts';

const half = fc.oneof(
  fc.constantFrom(0, 1, 127, 128, 0x7fffffff, 0x80000000, 0xffffffff),
  fc.integer({ min: 0, max: 0xffffffff }),
);

/** What a map says that counts the same numbers. */
function counted(numbers: readonly (readonly [number, number])[]): number[] {
  const counts = new Map<string, number>();
  return numbers.map((number) => {
    const before = counts.get(String(number)) ?? 0;
    counts.set(String(number), before + 1);
    return before;
  });
}

const answers = (numbers: readonly (readonly [number, number])[]) => {
  const seen = new Occurrences();
  return numbers.map(([low, high]) => seen.add(low, high));
};

test('any numbers are counted as a map counts them', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(half, half), { maxLength: 400 }), (numbers) => {
      expect(answers(numbers)).toEqual(counted(numbers));
    }),
  );
});

test('20 000 numbers, each three times, are counted past every growth', () => {
  const once = Array.from({ length: 20_000 }, (_, i): [number, number] => [
    Math.imul(i, 0x9e3779b1) >>> 0,
    i,
  ]);
  const numbers = [...once, ...once, ...once.toReversed()];
  expect(answers(numbers)).toEqual(counted(numbers));
});

test('numbers that all meet in one place are counted before and after it is full', () => {
  const once = Array.from({ length: 3_000 }, (_, i): [number, number] => [
    i % 3 === 0 ? Math.imul(i, 0x9e3779b1) >>> 0 : 7,
    i >> 1,
  ]);
  const numbers = once.flatMap((number, i) => [number, once[i >> 1]!]);
  expect(answers(numbers)).toEqual(counted(numbers));
});
