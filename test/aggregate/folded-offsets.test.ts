import { expect, test } from 'vitest';
import { FoldedOffsets } from '../../src/aggregate/folded-offsets.ts';

test('what could not be committed is to be committed again, after the same wait', () => {
  let now = 0;
  const folded = new FoldedOffsets(() => now);
  folded.add(3, 10);
  now = 1_000;
  expect(folded.take(3, 1_000)).toBe(10);
  folded.putBack(3, 10);
  expect(folded.take(3, 1_000)).toBeNull();
  now = 2_000;
  expect(folded.take(3, 1_000)).toBe(10);
});

test('it never comes back behind what was folded or published since', () => {
  const folded = new FoldedOffsets(() => 0);
  folded.add(3, 10);
  folded.take(3, 0);
  folded.add(3, 12);
  folded.putBack(3, 10);
  expect(folded.take(3, 0)).toBe(12);
  folded.published(3, 20);
  folded.putBack(3, 12);
  expect(folded.take(3, 0)).toBeNull();
  folded.forget(3);
  folded.putBack(3, 12);
  expect(folded.take(3, 0)).toBe(12);
});
