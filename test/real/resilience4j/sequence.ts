import { InferredBreaker } from '../../../src/aggregate/breaker/inferred.ts';
import type { Call } from '../../../src/aggregate/breaker/machine.ts';
import type { BreakerPolicy } from '../../../src/model/policy.ts';
import { SECOND_US, secondOf } from '../../../src/model/time.ts';
import { Random } from '../../random.ts';

/** One breaker's rules and the calls it is shown. */
export interface Sequence {
  name: string;
  /** The clock when the breaker is made, µs. */
  startUs: number;
  policy: BreakerPolicy;
  /** The policy's thresholds in percent, which is what resilience4j takes. */
  failurePercent: number;
  slowPercent: number;
  calls: Call[];
}

const START_US = 1_767_225_599_000_000;

/** Random rules and up to 200 calls in the order of their ends; the same seed gives the same. */
export function randomSequence(seed: number): Sequence {
  const random = new Random(seed);
  const failure = randomThreshold(random);
  const slow = randomThreshold(random);
  const waitSeconds =
    random.integer(2) === 0 ? within(1, 60, random) : within(1, 60_000, random) / 1000;
  const policy: BreakerPolicy = {
    slidingWindowSeconds: random.pick([1, 2, 10, within(1, 60, random)]),
    minimumNumberOfCalls: random.pick([1, within(1, 10, random), within(1, 50, random)]),
    failureRateThreshold: failure.fraction,
    slowCallDurationMs: random.pick([null, 1, within(1, 5_000, random)]),
    slowCallRateThreshold: slow.fraction,
    waitSeconds,
    maxWaitSeconds: random.pick([waitSeconds, Math.round(waitSeconds * 2_500) / 1_000, 300]),
    permittedCallsInHalfOpen: random.pick([1, within(1, 20, random)]),
  };
  const startUs = START_US + random.integer(3 * SECOND_US);
  return {
    name: `seed ${seed}`,
    startUs,
    policy,
    failurePercent: failure.percent,
    slowPercent: slow.percent,
    calls: randomCalls(policy, startUs, random),
  };
}

/** A fraction from 0.01 to 1, exact in both units: whole and tenths of percent, and small ratios such as 2/3. */
function randomThreshold(random: Random): { fraction: number; percent: number } {
  const of = random.pick([10, 100, 1_000, within(2, 50, random)]);
  const share = within(Math.ceil(of / 100), of, random);
  return { fraction: share / of, percent: (100 * share) / of };
}

/**
 * Calls in phases, each with its own pace and its own share of failures and slow calls. The breaker goes along
 * only to tell when its wait ends, so that calls end exactly then, and a microsecond to either side.
 */
function randomCalls(policy: BreakerPolicy, startUs: number, random: Random): Call[] {
  const breaker = new InferredBreaker(policy);
  const calls: Call[] = [];
  const count = within(10, 200, random);
  let endUs = startUs;
  while (calls.length < count) {
    const pace = random.pick(PACES);
    const failing = random.pick([0, 0.1, policy.failureRateThreshold, 0.5, 0.9, 1]);
    const slow = random.pick([0, 0, policy.slowCallRateThreshold, 1]);
    for (let left = within(1, 40, random); left > 0 && calls.length < count; left--) {
      const near = random.integer(3) - 1;
      const nearDeadline = breaker.deadlineUs !== null && random.integer(8) === 0;
      const nextUs = nearDeadline ? breaker.deadlineUs! + near : pace(endUs, random, policy);
      endUs = Math.max(endUs, nextUs);
      const call: Call = {
        endUs,
        durationUs: randomDuration(random.next() < slow, policy, random),
        result:
          random.next() < 0.1
            ? random.pick(ASIDE)
            : random.next() < failing
              ? 'failure'
              : 'success',
      };
      calls.push(call);
      breaker.passed(endUs);
      breaker.record(call);
    }
  }
  return calls;
}

const ASIDE = ['ignored', 'not_permitted'] as const;

type Pace = (us: number, random: Random, policy: BreakerPolicy) => number;

/** From the end of one call to the end of the next. */
const PACES: readonly Pace[] = [
  (us) => us,
  (us, random) => us + random.integer(1_000),
  (us, random) => us + random.integer(200_000),
  (us, random) => us + random.integer(2 * SECOND_US),
  (us, random) => us + within(0, 3, random) * SECOND_US,
  // A second's last microsecond, its first, the one after.
  (us, random) => (secondOf(us) + 1) * SECOND_US + random.integer(3) - 1,
  // Where the window of this call ends.
  (us, random, { slidingWindowSeconds: seconds }) =>
    (secondOf(us) + seconds) * SECOND_US + random.integer(3) - 1,
  (us, random, { waitSeconds }) => us + random.integer(Math.ceil(waitSeconds * SECOND_US)),
  (us, random) => us + random.integer(300 * SECOND_US),
];

function randomDuration(slow: boolean, policy: BreakerPolicy, random: Random): number | null {
  const limitUs = (policy.slowCallDurationMs ?? 1_000) * 1_000;
  if (slow) return limitUs + random.pick([1, within(1, limitUs, random)]);
  return random.pick([null, 0, limitUs, random.integer(limitUs)]);
}

/** A whole number from `least` to `most`, both included. */
function within(least: number, most: number, random: Random): number {
  return least + random.integer(most - least + 1);
}
