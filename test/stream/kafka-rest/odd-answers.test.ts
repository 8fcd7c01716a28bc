import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Dialect } from '../../../src/stream/kafka-rest/dialect.ts';
import { DIALECT_V2 } from '../../../src/stream/kafka-rest/dialect-v2.ts';
import { dialectV3 } from '../../../src/stream/kafka-rest/dialect-v3.ts';
import { outcomeOfAll } from '../../../src/stream/kafka-rest/exchange.ts';
import { record } from '../contract/under-test.ts';

/** Template literals and `String` throw for the last one. */
const odd = fc.oneof(fc.jsonValue(), fc.constantFrom(null, 0, {}, [], { toString: null }));
const orRight = (right: unknown) => fc.oneof(fc.constant(right), odd);
const report = fc.record(
  {
    partition: orRight(0),
    partition_id: orRight(0),
    error_code: orRight(200),
    message: orRight('too large'),
    error: odd,
    offset: orRight(5),
  },
  { requiredKeys: [] },
);
const reports = fc.array(fc.oneof(report, odd), { maxLength: 3 });
const records = [record('a'), record('b', { partition: 1 })];

/** Whatever else the answer is, an outcome is one of those that the appender knows. */
function expectKnown(dialect: Dialect, text: string, status: number): void {
  const reply = { status, text, broken: null, retryAfterMs: 0 };
  const each = dialect.outcomes(reply, records) ?? records.map(() => outcomeOfAll(reply));
  expect(each).toHaveLength(records.length);
  for (const outcome of each) {
    if (outcome.kind === 'written') expect(Number.isSafeInteger(outcome.offset)).toBe(true);
    else expect([outcome.kind, typeof outcome.why]).toEqual([expect.any(String), 'string']);
  }
}

test('whatever JSON an API answers, each record has an outcome', () => {
  const status = fc.constantFrom(200, 422, 500);
  fc.assert(
    fc.property(reports, odd, status, (list, other, code) => {
      expectKnown(DIALECT_V2, JSON.stringify({ offsets: list, message: other }), code);
      expectKnown(DIALECT_V2, JSON.stringify(other), code);
      expectKnown(dialectV3('c'), list.map((one) => JSON.stringify(one)).join('\n'), code);
      expectKnown(dialectV3('c'), JSON.stringify({ message: other }), code);
    }),
  );
});

test('a number of partitions that is none is believed as if it were not said', () => {
  const oddOnes = odd.filter((value) => typeof value !== 'number');
  fc.assert(
    fc.property(oddOnes, (value) => {
      expect(dialectV3('c').partitionsIn({ partitions_count: value })).toBeUndefined();
    }),
  );
  expect(dialectV3('c').partitionsIn({ partitions_count: 4 })).toBe(4);
  expect(dialectV3('c').partitionsIn(null)).toBeUndefined();
});
