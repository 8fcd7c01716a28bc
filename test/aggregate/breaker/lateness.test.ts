import fc from 'fast-check';
import { expect, test } from 'vitest';
import { InferredBreaker } from '../../../src/aggregate/breaker/inferred.ts';
import type { Call, Change } from '../../../src/aggregate/breaker/machine.ts';
import type { BreakerPolicy } from '../../../src/model/policy.ts';

const SECOND = 1_000_000;
const WINDOW_SECONDS = 10;
const START_US = 1_000 * SECOND;

const policy: BreakerPolicy = {
  slidingWindowSeconds: WINDOW_SECONDS,
  minimumNumberOfCalls: 4,
  failureRateThreshold: 0.5,
  slowCallDurationMs: 100,
  slowCallRateThreshold: 0.8,
  waitSeconds: 5,
  maxWaitSeconds: 12,
  permittedCallsInHalfOpen: 3,
};
/** It only measures: no rate is above one. */
const neverOpens = { ...policy, failureRateThreshold: 1.1, slowCallRateThreshold: 1.1 };

function callWithin(seconds: number): fc.Arbitrary<Call> {
  return fc.record({
    endUs: fc.integer({ min: START_US, max: START_US + seconds * SECOND - 1 }),
    durationUs: fc.constantFrom(null, 1_000, 100_000, 100_001),
    result: fc.constantFrom('success', 'failure', 'failure', 'not_permitted', 'ignored'),
  });
}

/** Calls, and the same in another order. */
function shuffled(seconds: number, minLength = 0): fc.Arbitrary<[Call[], Call[]]> {
  return fc
    .array(callWithin(seconds), { minLength, maxLength: 50 })
    .chain((calls) =>
      fc
        .shuffledSubarray(calls, { minLength: calls.length })
        .map((others): [Call[], Call[]] => [calls, others]),
    );
}

function shown(policy: BreakerPolicy, calls: readonly Call[]): InferredBreaker {
  const breaker = new InferredBreaker(policy);
  for (const call of calls) breaker.record(call);
  return breaker;
}

const inOrder = (calls: readonly Call[]) => calls.toSorted((a, b) => a.endUs - b.endUs);
const isCounted = ({ result }: Call) => result === 'success' || result === 'failure';

test('while closed, the figures in the end do not depend on the order of arrival', () => {
  fc.assert(
    fc.property(shuffled(3 * WINDOW_SECONDS), ([calls, others]) => {
      expect(shown(neverOpens, others).figures()).toEqual(shown(neverOpens, calls).figures());
    }),
  );
});

test('a late call inside the window changes the rate as if it had come in order', () => {
  const twoOrMore = fc.array(callWithin(WINDOW_SECONDS), { minLength: 2, maxLength: 50 });
  fc.assert(
    fc.property(twoOrMore, fc.nat(), (calls, which) => {
      const ordered = inOrder(calls);
      const at = which % ordered.length;
      const late = ordered[at]!;
      const breaker = shown(neverOpens, [...ordered.toSpliced(at, 1), late]);
      const counted = ordered.filter(isCounted);
      const failed = counted.filter(({ result }) => result === 'failure').length;
      expect(breaker.figures()).toEqual(shown(neverOpens, ordered).figures());
      expect(breaker.figures()).toMatchObject({
        calls: counted.length,
        failed,
        failureRate: counted.length >= 4 ? failed / counted.length : null,
      });
    }),
  );
});

test('calls judged at once trip it at the same time, whatever the order of arrival', () => {
  fc.assert(
    fc.property(shuffled(WINDOW_SECONDS, 1), ([calls, others]) => {
      const counted = calls.filter(isCounted);
      const judged = { ...policy, minimumNumberOfCalls: Math.max(1, counted.length) };
      const last = (calls: readonly Call[]) => {
        // Refusals and ignored calls first, so that the last call is the one that makes the rate known.
        const { state, sinceUs, deadlineUs, attempt } = shown(judged, [
          ...calls.filter((call) => !isCounted(call)),
          ...calls.filter(isCounted),
        ]);
        return { state, sinceUs, deadlineUs, attempt };
      };
      expect(last(others)).toEqual(last(calls));
    }),
  );
});

test('calls older than the window change nothing, however many', () => {
  const old = callWithin(20).map((call) => ({
    ...call,
    endUs: call.endUs - (20 + WINDOW_SECONDS) * SECOND,
  }));
  fc.assert(
    fc.property(fc.array(callWithin(5)), fc.array(old), (calls, old) => {
      const newest: Call = { endUs: START_US + 5 * SECOND, durationUs: 1, result: 'success' };
      const breaker = shown(policy, [...calls, newest]);
      const before = JSON.stringify(breaker);
      expect(old.map((call) => breaker.record(call)).filter(Boolean)).toEqual([]);
      expect(JSON.stringify(breaker)).toBe(before);
    }),
  );
});

test('what ended before it half-opened or closed is judged no more, however late it comes', () => {
  const tripping = Array.from(
    { length: 4 },
    (_, i): Call => ({
      endUs: START_US + i,
      durationUs: 1,
      result: 'failure',
    }),
  );
  const late = fc.array(callWithin(5).filter(isCounted), { minLength: 1 });
  fc.assert(
    fc.property(late, fc.boolean(), (late, closed) => {
      const breaker = shown(policy, tripping);
      const sinceUs = breaker.deadlineUs!;
      breaker.passed(sinceUs);
      if (closed) {
        for (let i = 0; i < 3; i++) {
          breaker.record({ endUs: sinceUs, durationUs: 1, result: 'success' });
        }
      }
      const state = closed ? 'CLOSED' : 'HALF_OPEN';
      expect(breaker.state).toBe(state);
      const earlier = late.map((call) => ({ ...call, endUs: Math.min(call.endUs, sinceUs - 1) }));
      expect(earlier.map((call) => breaker.record(call)).filter(Boolean)).toEqual([]);
      expect(breaker.state).toBe(state);
      expect(breaker.figures().calls).toBe(0);
    }),
  );
});

/** Calls and watermarks in any order. */
const steps = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: callWithin(90) },
    { weight: 1, arbitrary: fc.integer({ min: START_US, max: START_US + 90 * SECOND }) },
  ),
  { maxLength: 200 },
);

const step = (breaker: InferredBreaker, one: Call | number): Change | null =>
  typeof one === 'number' ? breaker.passed(one) : breaker.record(one);

test('in whatever order calls and watermarks come, changes are legal, in order, and wait as they must', () => {
  fc.assert(
    fc.property(steps, (steps) => {
      const breaker = new InferredBreaker(policy);
      let [state, atUs, openings] = ['CLOSED', 0, 0];
      for (const change of steps.map((one) => step(breaker, one))) {
        if (change === null) continue;
        expect(change.from).toBe(state);
        expect(['CLOSED>OPEN', 'OPEN>HALF_OPEN', 'HALF_OPEN>OPEN', 'HALF_OPEN>CLOSED']).toContain(
          `${change.from}>${change.to}`,
        );
        expect(change.atUs).toBeGreaterThanOrEqual(atUs);
        if (change.to === 'OPEN') openings++;
        if (change.to === 'CLOSED') openings = 0;
        expect(change.attempt).toBe(openings);
        const waitUs = Math.min(5 * openings, 12) * SECOND;
        expect(change.nextProbeAtUs).toBe(change.to === 'OPEN' ? change.atUs + waitUs : null);
        ({ to: state, atUs } = change);
      }
      expect(breaker.state).toBe(state);
    }),
  );
});

test('put down and taken up anywhere, it goes on as if nothing had been', () => {
  fc.assert(
    fc.property(steps, steps, (before, after) => {
      const breaker = new InferredBreaker(policy);
      for (const one of before) step(breaker, one);
      const other = new InferredBreaker(policy);
      other.restore(JSON.parse(JSON.stringify(breaker)));
      for (const one of after) {
        expect(step(other, one)).toEqual(step(breaker, one));
        expect(other.figures()).toEqual(breaker.figures());
      }
    }),
  );
});
