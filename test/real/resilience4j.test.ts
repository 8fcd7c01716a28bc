import { expect, test } from 'vitest';
import { describePart } from './parts.ts';
import { described, firstDifference, shrink } from './resilience4j/differences.ts';
import { randomSequence } from './resilience4j/sequence.ts';
import { ourViews, theirViews } from './resilience4j/views.ts';

const SEQUENCES = 10_000;
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
});
