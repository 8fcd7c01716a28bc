import { expect, test } from 'vitest';
import { Fold } from '../../src/aggregate/fold.ts';
import { DEFAULT_POLICY } from '../../src/model/policy.ts';
import { type Facts, Feed, T0_MS } from './events.ts';

const DEPENDENCIES = 20_000;
const BOUNDS = { maxServices: 20_000, maxDependencies: 20_000, maxRemembered: 100_000 };

/** One call decides; probes are one call too. */
const POLICY = {
  ...DEFAULT_POLICY,
  breaker: {
    ...DEFAULT_POLICY.breaker,
    minimumNumberOfCalls: 1,
    permittedCallsInHalfOpen: 1,
    slidingWindowSeconds: 1,
  },
};

// With work for each breaker at each move of one of them these would take minutes: the test's timeout is the check.
test.each([
  ['50 services with 400 callers each', 50],
  ['5 000 services with four callers each', 5_000],
])('an outage of %s, and the recovery', (_, services) => {
  const fold = new Fold({ partition: 0, bounds: BOUNDS });
  const feed = new Feed(fold);
  fold.apply({ offset: -1, time: T0_MS }, { kind: 'policy', policy: POLICY });
  /** A call of every dependency within a second, no two of them at one time. */
  const calls = (startMs: number, code: number) => {
    const facts = Array.from({ length: DEPENDENCIES }, (_, i): Facts => {
      const destination = `called-${i % services}`;
      const source = `caller-${Math.floor(i / services)}`;
      return { atMs: startMs + (i * 1_000) / DEPENDENCIES, source, destination, code };
    });
    feed.events(facts, startMs + 1_000);
  };
  calls(T0_MS, 200);
  expect(feed.transitions).toEqual([]);
  calls(T0_MS + 5_000, 500);
  // Each waits 30 s; the watermark is 2 s behind.
  calls(T0_MS + 38_000, 200);
  calls(T0_MS + 40_000, 200);

  const moves = (rollup: boolean) => {
    const counts: Record<string, number> = {};
    for (const one of feed.transitions) {
      if (one.rollup !== rollup) continue;
      const move = `${one.from}>${one.to}`;
      counts[move] = (counts[move] ?? 0) + 1;
    }
    return counts;
  };
  const each = (count: number) => ({
    'CLOSED>OPEN': count,
    'OPEN>HALF_OPEN': count,
    'HALF_OPEN>CLOSED': count,
  });
  expect(moves(false)).toEqual(each(DEPENDENCIES));
  expect(moves(true)).toEqual(each(services));
});
