import { expect, test } from 'vitest';
import { RateLimited } from '../../../src/stream/errors.ts';
import { RateLimits } from '../../../src/stream/lane/rate-limits.ts';

const post = (records: number, provider = 'a', recordsPerSecond = 100) => ({
  provider,
  records,
  recordsPerSecond,
});

test('a provider may send its second’s worth at once, then what time gives it', () => {
  const limits = new RateLimits();
  limits.take(post(60), 0);
  limits.take(post(40), 0);
  expect(() => limits.take(post(1), 0)).toThrow(RateLimited);
  limits.take(post(10), 100);
  expect(() => limits.take(post(1), 100)).toThrow('a sends more than 100 records/s');
});

test('another provider has a bucket of its own', () => {
  const limits = new RateLimits();
  limits.take(post(100), 0);
  limits.take(post(100, 'b'), 0);
});

test('a post of more than a second’s worth is taken, and paid for', () => {
  const limits = new RateLimits();
  limits.take(post(1_000), 0);
  for (let ms = 0; ms <= 9_000; ms += 1_000) {
    expect(() => limits.take(post(1), ms)).toThrow(RateLimited);
  }
  limits.take(post(1), 9_100);
});

test('over a minute no more is taken than the rate allows, whatever the posts are like', () => {
  const limits = new RateLimits();
  let taken = 0;
  for (let ms = 0; ms < 60_000; ms += 7) {
    try {
      limits.take(post(1 + (ms % 13)), ms);
      taken += 1 + (ms % 13);
    } catch {}
  }
  expect(taken).toBeGreaterThan(60 * 100 - 13);
  expect(taken).toBeLessThanOrEqual(61 * 100 + 13);
});

test('a clock that is put back gives nothing', () => {
  const limits = new RateLimits();
  limits.take(post(100), 10_000);
  expect(() => limits.take(post(1), 0)).toThrow(RateLimited);
});
