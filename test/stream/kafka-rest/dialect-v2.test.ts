import { expect, test } from 'vitest';
import { DIALECT_V2 } from '../../../src/stream/kafka-rest/dialect-v2.ts';
import { record } from '../contract/under-test.ts';

const outcomes = (offsets: unknown[], partitions: number[], status = 200) =>
  DIALECT_V2.outcomes(
    { status, text: JSON.stringify({ offsets }), broken: null, retryAfterMs: 0 },
    partitions.map((partition) => record('x', { partition })),
  );
const written = (offset: number) => ({ kind: 'written', offset });

test('Redpanda answers once for each partition, with the first offset, in any order', () => {
  const offsets = [
    { partition: 2, offset: 40 },
    { partition: 0, offset: 7 },
  ];
  expect(outcomes(offsets, [0, 2, 0, 0, 2])).toEqual([7, 40, 8, 9, 41].map(written));
  expect(outcomes(offsets, [0, 2])).toEqual([7, 40].map(written));
});

test('Redpanda’s error for a partition is one for all its records', () => {
  const offsets = [
    { partition: 0, error_code: 6, offset: -1 },
    { partition: 1, offset: 5 },
  ];
  const again = expect.objectContaining({ kind: 'again' });
  expect(outcomes(offsets, [0, 1, 0])).toEqual([again, written(5), again]);
});

test('offsets that are not those of the records acknowledge none', () => {
  const again = expect.objectContaining({ kind: 'again', inDoubt: true });
  const at = (partition: number | null, offset: number) => ({ partition, offset });
  expect(outcomes([at(0, 1), at(0, 2)], [0, 0, 0])).toEqual([again, again, again]);
  expect(outcomes([at(1, 1)], [0, 0])).toEqual([again, again]);
  expect(outcomes([at(0, 1)], [0, 1])).toEqual([again, again]);
  expect(outcomes([at(0, 1), at(2, 1)], [0, 1])).toEqual([again, again]);
  expect(outcomes([at(0, 1), at(2, 1)], [0])).toEqual([again]);
  expect(outcomes([at(null, 1)], [0])).toEqual([again]);
  expect(outcomes([], [0])).toEqual([again]);
  expect(outcomes([], [0], 500)).toBeNull();
});

test('what is null is left out, as Redpanda takes no null', () => {
  expect(JSON.parse(DIALECT_V2.body([record(null), record('', { key: '' })]) as string)).toEqual({
    records: [{ partition: 0 }, { partition: 0, key: '', value: '' }],
  });
});

test('entries that are no objects acknowledge none', () => {
  const again = expect.objectContaining({ kind: 'again', inDoubt: true });
  for (const entry of [null, 1, 'x', true]) {
    expect(outcomes([entry], [0])).toEqual([again]);
    expect(outcomes([{ partition: 0, offset: 1 }, entry], [0, 1])).toEqual([again, again]);
    expect(outcomes([entry], [0], 500)).toBeNull();
  }
});
