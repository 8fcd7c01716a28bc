import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Waiting } from '../../src/views/waiting.ts';

test('records wait since the first look that saw them, until they are folded', () => {
  const waiting = new Waiting();
  expect(waiting.sinceMs(0)).toBe(null);
  waiting.saw(10, 1_000);
  waiting.saw(10, 2_000);
  waiting.saw(30, 3_000);
  expect(waiting.end).toBe(30);
  expect(waiting.sinceMs(9)).toBe(1_000);
  expect(waiting.sinceMs(10)).toBe(3_000);
  expect(waiting.sinceMs(30)).toBe(null);
  waiting.saw(31, 9_000);
  expect(waiting.sinceMs(30)).toBe(9_000);
});

test('a look that was overtaken by a later one changes nothing', () => {
  const waiting = new Waiting();
  waiting.saw(20, 1_000);
  waiting.saw(5, 2_000);
  expect([waiting.end, waiting.sinceMs(5)]).toEqual([20, 1_000]);
});

test('however long it goes on, the time is right within a sixteenth, and never before a record was there', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 2_000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (grows, share) => {
        const waiting = new Waiting();
        const ends: number[] = [];
        for (const [second, grown] of grows.entries()) {
          ends.push((ends.at(-1) ?? 0) + grown);
          waiting.saw(ends.at(-1)!, second * 1_000);
        }
        const folded = Math.floor(ends.at(-1)! * share);
        const first = ends.findIndex((end) => end > folded);
        const since = waiting.sinceMs(folded);
        if (first < 0) return since === null;
        const last = grows.length - 1;
        return since! >= first * 1_000 && since! - first * 1_000 <= Math.ceil(last / 16) * 1_000;
      },
    ),
  );
});
