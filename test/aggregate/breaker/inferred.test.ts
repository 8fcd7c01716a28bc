import { describe, expect, test } from 'vitest';
import { InferredBreaker } from '../../../src/aggregate/breaker/inferred.ts';
import type { BreakerPolicy } from '../../../src/model/policy.ts';

/** The configuration of resilience4j's own state machine test. */
const policy: BreakerPolicy = {
  slidingWindowSeconds: 20,
  minimumNumberOfCalls: 5,
  failureRateThreshold: 0.5,
  slowCallDurationMs: 4_000,
  slowCallRateThreshold: 0.5,
  waitSeconds: 5,
  maxWaitSeconds: 300,
  permittedCallsInHalfOpen: 4,
};

const SECOND = 1_000_000;

/** Plays `F` and `S` calls, one after another, `gap` seconds apart; returns every change. */
function play(breaker: InferredBreaker, calls: string, startSeconds: number, gapSeconds = 0.001) {
  return [...calls].map((call, i) =>
    breaker.record({
      endUs: Math.round((startSeconds + i * gapSeconds) * SECOND),
      durationUs: 100_000,
      result: call === 'F' ? 'failure' : call === 'N' ? 'not_permitted' : 'success',
    }),
  );
}

function opened(): InferredBreaker {
  const breaker = new InferredBreaker(policy);
  play(breaker, 'FFFFF', 100);
  expect(breaker.state).toBe('OPEN');
  return breaker;
}

function halfOpen(): InferredBreaker {
  const breaker = opened();
  breaker.passed(106 * SECOND);
  expect(breaker.state).toBe('HALF_OPEN');
  return breaker;
}

describe('closed', () => {
  test('below the minimum number of calls no rate is known and nothing trips', () => {
    const breaker = new InferredBreaker(policy);
    expect(play(breaker, 'FFFS', 100).filter(Boolean)).toEqual([]);
    expect(breaker.figures()).toMatchObject({ failureRate: null, slowRate: null, calls: 4 });
  });

  test('the call that makes the rate known opens it, though that call succeeded', () => {
    const breaker = new InferredBreaker(policy);
    const changes = play(breaker, 'FFFSS', 100);
    expect(changes.slice(0, 4)).toEqual([null, null, null, null]);
    expect(changes[4]).toMatchObject({
      from: 'CLOSED',
      to: 'OPEN',
      reason: 'failure_rate_exceeded',
      failureRate: 0.6,
      calls: 5,
      failed: 3,
      attempt: 1,
    });
  });

  test('exactly the threshold opens, just under it does not', () => {
    const breaker = new InferredBreaker(policy);
    play(breaker, 'SSSFF', 100, 1);
    expect(breaker.state).toBe('CLOSED');
    expect(breaker.figures().failureRate).toBe(0.4);
    expect(play(breaker, 'F', 105)[0]).toMatchObject({ to: 'OPEN', failureRate: 0.5 });
  });

  test('slow calls open it, and slow means longer than the duration, not as long', () => {
    const call = (second: number, durationMs: number) =>
      ({ endUs: second * SECOND, durationUs: durationMs * 1_000, result: 'success' }) as const;
    const breaker = new InferredBreaker(policy);
    for (const second of [1, 2, 3, 4, 5]) breaker.record(call(second, 4_000));
    expect(breaker.figures().slowRate).toBe(0);
    const changes = [6, 7, 8, 9, 10].map((second) => breaker.record(call(second, 4_001)));
    expect(changes.at(-1)).toMatchObject({
      to: 'OPEN',
      reason: 'slow_call_rate_exceeded',
      slowRate: 0.5,
    });
  });

  test('slow failures and slow successes count alike, and a success may be the call that opens it', () => {
    const breaker = new InferredBreaker(policy);
    const calls = [
      ['failure', 5_000],
      ['success', 5_000],
      ['failure', 100],
      ['success', 100],
      ['success', 5_000],
    ] as const;
    const changes = calls.map(([result, durationMs], i) =>
      breaker.record({ endUs: (100 + i) * SECOND, durationUs: durationMs * 1_000, result }),
    );
    expect(changes.slice(0, 4)).toEqual([null, null, null, null]);
    expect(changes[4]).toMatchObject({
      to: 'OPEN',
      reason: 'slow_call_rate_exceeded',
      failureRate: 0.4,
      slowRate: 0.6,
    });
  });

  test('both thresholds at once are told as the failures', () => {
    const breaker = new InferredBreaker(policy);
    const call = { durationUs: 5_000_000, result: 'failure' } as const;
    for (const second of [100, 101, 102, 103]) breaker.record({ ...call, endUs: second * SECOND });
    expect(breaker.record({ ...call, endUs: 104 * SECOND })).toMatchObject({
      reason: 'failure_rate_exceeded',
      failureRate: 1,
      slowRate: 1,
    });
  });

  test('the minimum is of calls in one window, not in all', () => {
    const breaker = new InferredBreaker({
      ...policy,
      slidingWindowSeconds: 1,
      minimumNumberOfCalls: 3,
    });
    expect(play(breaker, 'FFFFFF', 100, 0.5).filter(Boolean)).toEqual([]);
    expect(breaker.figures()).toMatchObject({ calls: 2, failureRate: null });
    expect(play(breaker, 'F', 102.9)[0]).toMatchObject({ to: 'OPEN', calls: 3 });
  });

  test('an ignored call counts for nothing, but what it outlived leaves the window', () => {
    const breaker = new InferredBreaker(policy);
    play(breaker, 'FF', 100);
    breaker.record({ endUs: 119 * SECOND, durationUs: 1, result: 'ignored' });
    expect(breaker.figures()).toMatchObject({ calls: 2, failed: 2 });
    breaker.record({ endUs: 120 * SECOND, durationUs: 1, result: 'ignored' });
    expect(breaker.figures()).toMatchObject({ calls: 0, failed: 0 });
  });

  test('refusals never enter the rate', () => {
    const breaker = new InferredBreaker(policy);
    play(breaker, 'NNNNNNNNFFSS', 100);
    expect(breaker.state).toBe('CLOSED');
    expect(breaker.figures()).toMatchObject({ calls: 4, notPermitted: 8, failureRate: null });
  });

  test('calls older than the window no longer count', () => {
    const breaker = new InferredBreaker(policy);
    play(breaker, 'FFFF', 100);
    play(breaker, 'SSSSS', 120);
    expect(breaker.figures()).toMatchObject({ calls: 5, failed: 0 });
  });

  test('a late call counts in its own second', () => {
    const breaker = new InferredBreaker(policy);
    play(breaker, 'SS', 110);
    play(breaker, 'FFF', 95);
    expect(breaker.state).toBe('OPEN');
    expect(breaker.sinceUs, 'it opened when the newest call it judged had ended').toBe(110_001_000);
  });
});

describe('open', () => {
  test('stays open until the watermark has passed the wait', () => {
    const breaker = opened();
    const deadline = breaker.deadlineUs!;
    expect(deadline).toBe(breaker.sinceUs! + 5 * SECOND);
    expect(breaker.passed(deadline - 1)).toBeNull();
    expect(breaker.passed(deadline)).toMatchObject({
      from: 'OPEN',
      to: 'HALF_OPEN',
      reason: 'wait_elapsed',
      atUs: deadline,
      calls: 0,
      failureRate: null,
    });
  });

  test('goes on recording what ends while it is open', () => {
    const breaker = opened();
    expect(play(breaker, 'SSS', 102)).toEqual([null, null, null]);
    expect(breaker.figures()).toMatchObject({ calls: 8, failed: 5 });
  });

  test('three seconds into a wait of five it is open, six seconds in it is half-open and empty', () => {
    const breaker = opened();
    const openedAt = breaker.sinceUs!;
    expect(breaker.passed(openedAt + 3 * SECOND)).toBeNull();
    play(breaker, 'NN', openedAt / SECOND + 3);
    expect(breaker.figures()).toMatchObject({ failureRate: 1, notPermitted: 2 });
    expect(breaker.passed(openedAt + 6 * SECOND)).toMatchObject({ to: 'HALF_OPEN' });
    expect(breaker.figures()).toMatchObject({
      failureRate: null,
      slowRate: null,
      calls: 0,
      failed: 0,
    });
  });

  test('opened by its probes, it shows the last as many calls as were permitted', () => {
    const breaker = halfOpen();
    play(breaker, 'FFSF', 107);
    expect(breaker.figures()).toMatchObject({ failureRate: 0.75, calls: 4, failed: 3 });
    play(breaker, 'SS', 108);
    expect(breaker.figures()).toMatchObject({ failureRate: 0.25, calls: 4, failed: 1 });
    play(breaker, 'FFFF', 106.5);
    expect(breaker.figures(), 'what ended before it opened again').toMatchObject({ failed: 1 });
  });

  test('each opening without a close in between waits longer, up to the most', () => {
    const breaker = new InferredBreaker({ ...policy, maxWaitSeconds: 12 });
    play(breaker, 'FFFFF', 100);
    const waits: number[] = [];
    for (let i = 0; i < 4; i++) {
      waits.push((breaker.deadlineUs! - breaker.sinceUs!) / SECOND);
      breaker.passed(breaker.deadlineUs!);
      play(breaker, 'FFFF', breaker.sinceUs! / SECOND + 1);
    }
    expect(waits).toEqual([5, 10, 12, 12]);
  });
});

describe('half-open', () => {
  test('judges only when as many calls as permitted are in: a failed probe alone does not reopen', () => {
    const breaker = halfOpen();
    const changes = play(breaker, 'FFSF', 107);
    expect(changes.slice(0, 3)).toEqual([null, null, null]);
    expect(changes[3]).toMatchObject({
      to: 'OPEN',
      reason: 'probes_failed',
      failureRate: 0.75,
      attempt: 2,
    });
  });

  test('closes below the threshold and starts empty', () => {
    const breaker = halfOpen();
    expect(play(breaker, 'FSSS', 107)[3]).toMatchObject({
      to: 'CLOSED',
      reason: 'probes_succeeded',
      failureRate: 0.25,
    });
    expect(breaker.figures()).toMatchObject({ calls: 0, failed: 0 });
    play(breaker, 'S', 108);
    expect(breaker.figures().calls).toBe(1);
    expect(breaker.attempt).toBe(0);
  });

  test('judges the minimum number of calls where fewer than permitted make it', () => {
    const breaker = new InferredBreaker({ ...policy, minimumNumberOfCalls: 2 });
    play(breaker, 'FF', 100);
    breaker.passed(106 * SECOND);
    expect(play(breaker, 'SS', 107)[1]).toMatchObject({ to: 'CLOSED', calls: 2 });
  });

  test('slow probes open it again', () => {
    const breaker = halfOpen();
    const changes = [107, 108, 109, 110].map((second) =>
      breaker.record({ endUs: second * SECOND, durationUs: 4_000_001, result: 'success' }),
    );
    expect(changes[3]).toMatchObject({
      to: 'OPEN',
      reason: 'probes_failed',
      slowRate: 1,
      attempt: 2,
    });
  });

  test('refused and ignored calls are no probes', () => {
    const breaker = halfOpen();
    play(breaker, 'NNNNNNNN', 107);
    for (const second of [108, 109, 110, 111]) {
      breaker.record({ endUs: second * SECOND, durationUs: 1, result: 'ignored' });
    }
    expect(breaker.state).toBe('HALF_OPEN');
    expect(breaker.figures()).toMatchObject({ calls: 0, notPermitted: 8 });
  });

  test('more permitted calls by a new policy apply from the next time on', () => {
    const breaker = halfOpen();
    play(breaker, 'SS', 107);
    breaker.adopt({ ...policy, minimumNumberOfCalls: 20, permittedCallsInHalfOpen: 20 });
    expect(play(breaker, 'SS', 108)[1]).toMatchObject({ to: 'CLOSED', calls: 4 });
  });

  test('a call that ended while it was open judges nothing, however late it arrives', () => {
    const breaker = halfOpen();
    play(breaker, 'FFFFFFFF', 103);
    expect(breaker.state).toBe('HALF_OPEN');
    expect(breaker.figures().calls).toBe(0);
  });

  test('stays as it is without calls', () => {
    const breaker = halfOpen();
    expect(breaker.passed(10_000 * SECOND)).toBeNull();
    expect(breaker.state).toBe('HALF_OPEN');
  });
});
