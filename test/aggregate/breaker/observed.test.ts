import { expect, test } from 'vitest';
import { ObservedBreaker } from '../../../src/aggregate/breaker/observed.ts';

const policy = { refusals: 3, windowSeconds: 10, holdSeconds: 5 };
const SECOND = 1_000_000;

const refuse = (breaker: ObservedBreaker, second: number) =>
  breaker.record({ endUs: second * SECOND, durationUs: null, result: 'not_permitted' });
const succeed = (breaker: ObservedBreaker, second: number) =>
  breaker.record({ endUs: second * SECOND, durationUs: 1, result: 'success' });

test('enough refusals within the window open it at the one that made them enough', () => {
  const breaker = new ObservedBreaker(policy);
  expect([refuse(breaker, 1), refuse(breaker, 2)]).toEqual([null, null]);
  expect(refuse(breaker, 3)).toMatchObject({
    to: 'OPEN',
    reason: 'refusals_seen',
    atUs: 3 * SECOND,
    notPermitted: 3,
  });
});

test('refusals spread wider than the window do not', () => {
  const breaker = new ObservedBreaker(policy);
  for (const second of [1, 8, 15, 22]) expect(refuse(breaker, second)).toBeNull();
});

test('it holds while refusals go on, half-opens when they stop, and closes on a success', () => {
  const breaker = new ObservedBreaker(policy);
  for (const second of [1, 2, 3, 6]) refuse(breaker, second);
  expect(breaker.passed(10.9 * SECOND)).toBeNull();
  expect(breaker.passed(11 * SECOND)).toMatchObject({ to: 'HALF_OPEN', atUs: 11 * SECOND });
  expect(succeed(breaker, 9), 'it ended while the breaker was open').toBeNull();
  expect(succeed(breaker, 12)).toMatchObject({ to: 'CLOSED', reason: 'successes_seen' });
  expect(breaker.figures().notPermitted).toBe(0);
});

test('one refusal while half-open opens it again', () => {
  const breaker = new ObservedBreaker(policy);
  for (const second of [1, 2, 3]) refuse(breaker, second);
  breaker.passed(8 * SECOND);
  expect(refuse(breaker, 9)).toMatchObject({ from: 'HALF_OPEN', to: 'OPEN', attempt: 2 });
});
