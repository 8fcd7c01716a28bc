import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffMs, Pace } from '../../src/notify/pace.ts';

describe('the token bucket', () => {
  it('lets three through at once, then one a second', () => {
    let now = 0;
    const pace = new Pace(() => now);
    const waits: number[] = [];
    for (let n = 0; n < 6; n += 1) {
      const wait = pace.waitMs();
      waits.push(wait);
      now += wait;
      pace.spend();
    }
    expect(waits).toEqual([0, 0, 0, 1_000, 1_000, 1_000]);
  });

  it('fills up to three again and no further', () => {
    let now = 0;
    const pace = new Pace(() => now);
    for (let n = 0; n < 3; n += 1) pace.spend();
    now += 3_600_000;
    for (let n = 0; n < 3; n += 1) pace.spend();
    expect(pace.waitMs()).toBe(1_000);
  });

  it('is not stuck when the clock is set back', () => {
    let now = 10_000_000;
    const pace = new Pace(() => now);
    for (let n = 0; n < 3; n += 1) pace.spend();
    now = 0;
    expect(pace.waitMs()).toBe(1_000);
    now += 1_000;
    expect(pace.waitMs()).toBe(0);
  });
});

describe('the wait after a failure', () => {
  it('doubles from a second to a minute, half of it random', () => {
    const least = [1, 2, 3, 7, 100].map((failures) => backoffMs(failures, () => 0));
    expect(least).toEqual([500, 1_000, 2_000, 30_000, 30_000]);
    const most = [1, 2, 3, 7, 100].map((failures) => backoffMs(failures, () => 1));
    expect(most).toEqual([1_000, 2_000, 4_000, 60_000, 60_000]);
  });

  it('is as long as asked for, but never over an hour', () => {
    expect(backoffMs(1, () => 0, 30)).toBe(30_000);
    expect(backoffMs(7, () => 0, 1)).toBe(30_000);
    expect(backoffMs(1, () => 0, 1e9)).toBe(3_600_000);
  });

  it('is always a wait', () => {
    const random = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), random, (failures, value) => {
        const wait = backoffMs(failures, () => value);
        expect(wait).toBeGreaterThanOrEqual(500);
        expect(wait).toBeLessThanOrEqual(60_000);
      }),
    );
  });
});
