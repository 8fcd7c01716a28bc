import { describe, expect, test } from 'vitest';
import { describePart } from './parts.ts';
import { described, firstDifference, shrink } from './resilience4j/differences.ts';
import { randomSequence, type Sequence } from './resilience4j/sequence.ts';
import { ourViews, theirViews, type View } from './resilience4j/views.ts';

const SEQUENCES = 10_000;
/** Another first seed is another ten thousand. */
const FIRST_SEED = Number(process.env.MESHPULSE_TEST_SEED ?? 1);
/** As many as one Java is given at once. */
const BATCH = 2_500;
/** Fewer of a kind would mean that the sequences do not go where the rules are. */
const AT_LEAST: Readonly<Record<string, number>> = {
  'CLOSED>OPEN+failure': 5_000,
  'CLOSED>OPEN+slow': 2_000,
  'OPEN>HALF_OPEN': 10_000,
  'HALF_OPEN>OPEN': 5_000,
  'HALF_OPEN>CLOSED': 5_000,
};

describePart('resilience4j', 'our breaker beside the real resilience4j', (launcher) => {
  test('is in the same state with the same rates after every call that comes in order', async () => {
    const seen = new Map<string, number>();
    let calls = 0;
    for (let from = 0; from < SEQUENCES; from += BATCH) {
      const sequences = Array.from({ length: BATCH }, (_, i) =>
        randomSequence(FIRST_SEED + from + i),
      );
      const theirs = await theirViews(launcher, sequences);
      for (const [i, sequence] of sequences.entries()) {
        const ours = ourViews(sequence);
        if (firstDifference(ours, theirs[i]!) >= 0) {
          expect.fail(await described(launcher, await shrink(launcher, sequence)));
        }
        calls += ours.length;
        for (const name of ours.flatMap(({ transitions }) => transitions)) {
          seen.set(name, (seen.get(name) ?? 0) + 1);
        }
      }
    }
    console.log(`${SEQUENCES} sequences, ${calls} calls, 0 differences;`, Object.fromEntries(seen));
    for (const [name, least] of Object.entries(AT_LEAST)) {
      expect(seen.get(name), name).toBeGreaterThan(least);
    }
  });

  describe('does otherwise where an observer must', () => {
    test('a clock that went back costs theirs other seconds, ours counts the late call in its own', async () => {
      const ends = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 5];
      const { ours, theirs } = await both(launcher, {
        ...NEVER_OPENS,
        calls: ends.map((second) => failure(second)),
      });
      expect(ours.at(-1)!.calls).toBe(11);
      expect(theirs.at(-1)!.calls, 'all 10 seconds are in its window of 10').toBeLessThan(11);
    });

    test('theirs opens at a rate that only rounding lifts to the threshold, ours at the exact rate', async () => {
      const calls = 9_999;
      const failures = Array.from({ length: calls - 1 }, () => failure(0));
      const { policy } = NEVER_OPENS;
      const { ours, theirs } = await both(launcher, {
        ...NEVER_OPENS,
        policy: { ...policy, minimumNumberOfCalls: calls, failureRateThreshold: 0.9999 },
        failurePercent: 99.99,
        calls: [{ ...failure(0), result: 'success' }, ...failures],
      });
      expect(theirs.at(-1)!.state, '9998 of 9999 and 99.99 % are the same float').toBe('OPEN');
      expect(ours.at(-1)!.state).toBe('CLOSED');
      expect(ours.at(-1)!.failurePercent).toBe(theirs.at(-1)!.failurePercent);
    });

    test('theirs knows only refusals of its own, ours those of the proxies within the window', async () => {
      const ends = [0, 1, 2, 10];
      const { ours, theirs } = await both(launcher, {
        ...NEVER_OPENS,
        calls: ends.map((second) => ({ ...failure(second), result: 'not_permitted' })),
      });
      expect(ours.map(({ notPermitted }) => notPermitted)).toEqual([1, 2, 3, 3]);
      expect(theirs.map(({ notPermitted }) => notPermitted)).toEqual([0, 0, 0, 0]);
    });
  });
});

const START_US = 1_767_225_600_000_000;

const NEVER_OPENS: Omit<Sequence, 'calls'> = {
  name: 'never opens',
  startUs: START_US,
  policy: {
    slidingWindowSeconds: 10,
    minimumNumberOfCalls: 1_000_000,
    failureRateThreshold: 1,
    slowCallDurationMs: null,
    slowCallRateThreshold: 1,
    waitSeconds: 5,
    maxWaitSeconds: 60,
    permittedCallsInHalfOpen: 5,
  },
  failurePercent: 100,
  slowPercent: 100,
};

function failure(second: number): Sequence['calls'][number] {
  return { endUs: START_US + second * 1_000_000, durationUs: 0, result: 'failure' };
}

async function both(
  launcher: string,
  sequence: Sequence,
): Promise<{ ours: View[]; theirs: View[] }> {
  const [theirs] = await theirViews(launcher, [sequence]);
  return { ours: ourViews(sequence), theirs: theirs! };
}
