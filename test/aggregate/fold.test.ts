import { describe, expect, test } from 'vitest';
import { DEFAULT_BOUNDS } from '../../src/aggregate/directory.ts';
import { Fold } from '../../src/aggregate/fold.ts';
import { DEFAULT_POLICY } from '../../src/model/policy.ts';
import { parseFlags } from '../../src/model/response-flags.ts';
import type { AccountingRow } from '../../src/model/state.ts';
import { Random } from '../random.ts';
import { type Facts, Feed, part, T0_MS } from './events.ts';

const feed = (bounds = DEFAULT_BOUNDS) => new Feed(new Fold({ partition: 0, bounds }));

/** `n` events from `fromMs` on, `everyMs` apart, each in a record of its own second. */
function play(to: Feed, n: number, fromMs: number, everyMs: number, facts: Partial<Facts> = {}) {
  for (let i = 0; i < n; i++) to.events([{ ...facts, atMs: fromMs + i * everyMs }]);
}

const balances = ({ received, bins }: AccountingRow) =>
  received === bins.counted + bins.excluded + bins.duplicate + bins.late + bins.dead_lettered;

describe('time', () => {
  test('windows hold what ended up to the watermark, two seconds behind the newest end', () => {
    const to = feed();
    play(to, 5, T0_MS, 1_000);
    expect(to.partition.watermark).toBe(T0_MS + 2_000);
    expect(to.service('reviews').windows['10s'].requests).toBe(3);
  });

  test('a tick moves the watermark on to its own append time, so that the last requests show', () => {
    const to = feed();
    play(to, 5, T0_MS, 1_000);
    to.tick(T0_MS + 6_000);
    expect(to.partition.watermark).toBe(T0_MS + 4_000);
    expect(to.service('reviews').windows['10s'].requests).toBe(5);
  });

  test('an end later than its append time is clamped to it and counted as such', () => {
    const to = feed();
    to.events([{ atMs: T0_MS + 3_600_000 }], T0_MS);
    expect(to.partition.clampedEnds).toBe(1);
    to.ticks(T0_MS + 1_000, T0_MS + 3_000);
    expect(to.partition.watermark).toBe(T0_MS + 1_000);
    expect(to.service('reviews').windows['10s'].requests).toBe(1);
  });

  test('an event within the horizon counts in its own second, an older one is late', () => {
    const to = feed();
    play(to, 3, T0_MS, 1_000);
    const watermark = T0_MS;
    to.events([{ atMs: watermark - 299_000 }, { atMs: watermark - 301_000 }], T0_MS + 2_500);
    to.ticks(T0_MS + 4_000, T0_MS + 6_000);
    const { windows } = to.service('reviews');
    expect(windows['10s'].requests).toBe(3);
    expect(windows['1h'].requests).toBe(4);
    expect(to.partition.accounting[0]!.bins).toMatchObject({ counted: 4, late: 1 });
  });

  test('one provider with a fast clock does not make another late', () => {
    const to = feed();
    to.events([{ atMs: T0_MS + 600_000 }], T0_MS);
    to.parts([part([{ atMs: T0_MS - 1_000 }], { provider: 'mesh-b' })], T0_MS + 100);
    to.tick(T0_MS + 4_000);
    expect(to.partition.accounting.find(({ provider }) => provider === 'mesh-b')?.bins.late).toBe(
      0,
    );
  });

  test('says when it wants a tick: each second while windows empty, then less often, then never', () => {
    const to = feed();
    to.events([{ atMs: T0_MS }]);
    const gaps: number[] = [];
    let time = T0_MS;
    for (let next = to.fold.nextTickMs(); next !== null; next = to.fold.nextTickMs()) {
      expect(next).toBeGreaterThan(time);
      gaps.push(next - time);
      time = next;
      to.tick(time);
    }
    expect(gaps.slice(0, 60).every((gap) => gap === 1_000)).toBe(true);
    expect(gaps.slice(80, 95)).toContain(10_000);
    expect(gaps.at(-1)).toBe(60_000);
    expect(gaps.length).toBeLessThan(200);
    expect(to.partition.services, 'the service is forgotten with its last window').toBe(0);
  });

  test('a tick too many is said to be folded too, by one more tick and no third', () => {
    const to = feed();
    play(to, 3, T0_MS, 1_000);
    to.ticks(T0_MS + 3_000, T0_MS + 123_000);
    const last = T0_MS + 123_000;
    expect(to.fold.nextTickMs()).toBeGreaterThan(last + 5_000);
    to.tick(last + 200);
    expect(to.partition.offset).toBe(to.fold.offset - 1);
    expect(to.fold.nextTickMs()).toBe(last + 1_200);
    to.tick(last + 1_200);
    expect(to.partition.offset).toBe(to.fold.offset);
    expect(to.fold.nextTickMs()).toBeGreaterThan(last + 5_000);
  });

  test('a period in which nobody read although ticks were due is blind, and windows over it say so', () => {
    const to = feed();
    play(to, 5, T0_MS, 1_000);
    play(to, 15, T0_MS + 60_000, 1_000);
    const { windows } = to.service('reviews');
    expect(windows['10s'].blind).toBeUndefined();
    expect(windows['1m'].blind).toBe(true);
    expect(to.partition.blindUntil).toBe(T0_MS + 60_000);
  });
});

describe('accounting', () => {
  test('every record of a body ends in exactly one bin', () => {
    const to = feed();
    play(to, 3, T0_MS, 1_000);
    const mixed = part(
      [
        { atMs: T0_MS + 2_500, fingerprint: 1n },
        { atMs: T0_MS + 2_500, fingerprint: 1n },
        { atMs: T0_MS - 400_000, fingerprint: 2n },
        { atMs: T0_MS + 2_600, fingerprint: 3n, code: 0, flags: parseFlags('DC') },
      ],
      { provider: 'mesh-b', deadLetters: { malformed_json: 2 }, notRequests: { client_span: 3 } },
    );
    to.parts([mixed], T0_MS + 3_000);
    to.ticks(T0_MS + 4_000, T0_MS + 6_000);
    const row = to.partition.accounting.find(({ provider }) => provider === 'mesh-b')!;
    expect(row.received).toBe(9);
    expect(row.bins).toEqual({ counted: 1, excluded: 4, duplicate: 1, late: 1, dead_lettered: 2 });
    expect(row.reasons.excluded).toEqual({ client_span: 3, client_abort: 1 });
    expect(row.reasons.dead_lettered).toEqual({ malformed_json: 2 });
    expect(to.partition.accounting.every(balances)).toBe(true);
  });

  test('a body without a good event is accounted for, and shown without waiting for other traffic', () => {
    const to = feed();
    to.tick(T0_MS);
    to.parts([part([], { deadLetters: { unknown_format: 4 } })], T0_MS + 100);
    expect(to.fold.nextTickMs()).not.toBeNull();
    to.tick(to.fold.nextTickMs()!);
    expect(to.partition.accounting[0]).toMatchObject({ received: 4, bins: { dead_lettered: 4 } });
  });
});

describe('duplicates', () => {
  test('the same body again counts nothing twice and is counted as duplicate', () => {
    const to = feed();
    const body = () => part([{ atMs: T0_MS }, { atMs: T0_MS + 10 }], { id: 'a'.repeat(32) });
    to.parts([body()], T0_MS + 100);
    to.parts([body()], T0_MS + 60_000);
    to.tick(T0_MS + 63_000);
    expect(to.partition.accounting[0]!.bins).toMatchObject({ counted: 2, duplicate: 2 });
    expect(to.service('reviews').windows['5m'].requests).toBe(2);
  });

  test('a body retried with new lines appended counts only the new ones', () => {
    const to = feed();
    const line = (n: number) => ({ atMs: T0_MS + n, fingerprint: BigInt(n) });
    to.parts([part([line(1), line(2)])], T0_MS + 100);
    to.parts([part([line(1), line(2), line(3)])], T0_MS + 3_000);
    to.tick(T0_MS + 6_000);
    expect(to.partition.accounting[0]!.bins).toMatchObject({ counted: 3, duplicate: 2 });
  });

  test('a span reported twice counts once, its shared partner of another service counts too', () => {
    const to = feed();
    const span = (destination: string, traceId: string) => ({
      atMs: T0_MS,
      destination,
      traceId,
      span: { id: '00000000000000aa', shared: true },
    });
    const traceId = '463ac35c9f6413ad';
    const report = (facts: Facts[]) => part(facts, { input: 'zipkin_spans' });
    to.parts([report([span('reviews', traceId), span('ratings', traceId)])], T0_MS);
    // 128-bit form of the same trace, in another body.
    to.parts([report([span('reviews', `0000000000000001${traceId}`)])], T0_MS + 1_000);
    to.tick(T0_MS + 4_000);
    expect(to.partition.accounting[0]!.bins).toMatchObject({ counted: 2, duplicate: 1 });
  });

  test('a copy of an event with a fast clock is recognised, though each copy is clamped differently', () => {
    const to = feed();
    const fast = () => part([{ atMs: T0_MS + 900_000, fingerprint: 9n }]);
    to.parts([fast()], T0_MS);
    to.parts([fast()], T0_MS + 130_000);
    to.tick(T0_MS + 140_000);
    expect(to.partition.accounting[0]!.bins).toMatchObject({ counted: 1, duplicate: 1 });
  });

  test('beyond the horizon a copy is late, not counted', () => {
    const to = feed();
    const body = () => part([{ atMs: T0_MS }], { id: 'b'.repeat(32) });
    to.parts([body()], T0_MS);
    play(to, 1, T0_MS + 400_000, 0);
    to.parts([body()], T0_MS + 401_000);
    to.tick(T0_MS + 404_000);
    expect(to.partition.accounting[0]!.bins).toMatchObject({ counted: 2, late: 1, duplicate: 0 });
  });
});

describe('reporters', () => {
  test('are never summed: a service shows the fuller one, a dependency its source', () => {
    const to = feed();
    for (let i = 0; i < 10; i++) {
      to.events([
        { atMs: T0_MS + i * 100, reporter: 'source', code: i < 2 ? 503 : 200 },
        { atMs: T0_MS + i * 100, reporter: 'destination', source: null },
        { atMs: T0_MS + i * 100, reporter: 'destination', source: 'mobile' },
      ]);
    }
    to.tick(T0_MS + 5_000);
    const { windows, callers } = to.service('reviews');
    expect(windows['10s']).toMatchObject({ reporter: 'destination', requests: 20, failures: 0 });
    const frontend = callers.find(({ source }) => source === 'frontend')!;
    expect(frontend.windows['10s']).toMatchObject({
      reporter: 'source',
      requests: 10,
      failures: 2,
    });
  });

  test('spans show only where no logs are', () => {
    const to = feed();
    const spans = (n: number, destination: string) =>
      part(
        Array.from({ length: n }, (_, i) => ({
          atMs: T0_MS + i,
          destination,
          reporter: 'destination' as const,
          traceId: '463ac35c9f6413ad',
          span: { id: (i + 1).toString(16).padStart(16, '0'), shared: false },
        })),
        { input: 'zipkin_spans' },
      );
    to.parts([spans(30, 'reviews'), spans(30, 'ratings')], T0_MS + 100);
    to.events([{ atMs: T0_MS }, { atMs: T0_MS + 1 }], T0_MS + 200);
    to.tick(T0_MS + 4_000);
    expect(to.service('reviews').windows['10s']).toMatchObject({ reporter: 'source', requests: 2 });
    expect(to.service('ratings').windows['10s']).toMatchObject({ reporter: 'spans', requests: 30 });
  });

  test('a breaker hears each call once, from the best reporter', () => {
    const to = feed();
    for (let i = 0; i < 15; i++) {
      const atMs = T0_MS + i * 100;
      to.events([{ atMs }, { atMs, reporter: 'destination', source: null, code: 500 }]);
    }
    expect(to.rollup('reviews')).toEqual([]);
  });
});

describe('windows', () => {
  test('p99 is null under a hundred samples and success rate is null without requests, with the reason', () => {
    const to = feed();
    play(to, 99, T0_MS, 1);
    to.tick(T0_MS + 4_000);
    expect(to.service('reviews').windows['1m']).toMatchObject({
      requests: 99,
      success_rate: 1,
      p99_latency: null,
      null_reasons: { latency: 'too_few_requests' },
    });
    to.ticks(T0_MS + 5_000, T0_MS + 80_000);
    expect(to.service('reviews').windows['1m']).toMatchObject({
      requests: 0,
      success_rate: null,
      null_reasons: { latency: 'no_requests', success_rate: 'no_requests' },
    });
  });

  test('refusals fail users but give no latency', () => {
    const to = feed();
    play(to, 200, T0_MS, 1);
    play(to, 200, T0_MS + 200, 1, { code: 503, flags: parseFlags('UO'), durationUs: 100 });
    to.tick(T0_MS + 4_000);
    const window = to.service('reviews').windows['10s'];
    expect(window).toMatchObject({ requests: 400, refused: 200, failures: 0, success_rate: 0.5 });
    expect(window.latency_samples).toBe(200);
    expect(window.p50_latency).toBeGreaterThan(19);
  });

  test('subsets are kept beside the service', () => {
    const to = feed();
    play(to, 10, T0_MS, 10, { subset: 'v1' });
    play(to, 4, T0_MS + 100, 10, { subset: 'v2', code: 500 });
    to.tick(T0_MS + 4_000);
    const { subsets, windows } = to.service('reviews');
    expect(windows['10s'].requests).toBe(14);
    expect(subsets.map(({ subset, windows: w }) => [subset, w['10s'].success_rate])).toEqual([
      ['v1', 1],
      ['v2', 0],
    ]);
  });
});

describe('breakers', () => {
  const failing = { code: 503 };

  test('a trip is a transition of the dependency, one of the roll-up, and one alert', () => {
    const to = feed();
    play(to, 30, T0_MS, 100, failing);
    expect(to.transitions.map(({ key, from, to: state }) => [key, from, state])).toEqual([
      ['inferred:frontend:reviews:-', 'CLOSED', 'OPEN'],
      ['inferred:*:reviews:*', 'CLOSED', 'OPEN'],
    ]);
    expect(to.transitions[1]).toMatchObject({
      reason: 'failure_rate_exceeded',
      failureRate: 1,
      calls: 20,
      failed: 20,
      at: T0_MS + 1_900,
      dependenciesOpen: 1,
      dependencies: 1,
      causedBy: { source: 'frontend', subset: null },
    });
    const alerts = to.outputs.filter(({ topic }) => topic === 'alerts');
    expect(alerts).toHaveLength(1);
    expect(alerts[0]).toMatchObject({ key: 'breaker_open/reviews/inferred' });
  });

  test('two callers tripping is one roll-up transition', () => {
    const to = feed();
    for (let i = 0; i < 30; i++) {
      const atMs = T0_MS + i * 100;
      to.events([
        { ...failing, atMs },
        { ...failing, atMs, source: 'mobile' },
      ]);
    }
    expect(to.rollup('reviews')).toEqual(['CLOSED>OPEN']);
    expect(to.transitions).toHaveLength(3);
  });

  test('it half-opens by the watermark alone, without traffic, and is stale then', () => {
    const to = feed();
    play(to, 30, T0_MS, 100, failing);
    const start = T0_MS + 4_000;
    to.ticks(start, start + 31_000);
    expect(to.rollup('reviews')).toEqual(['CLOSED>OPEN', 'OPEN>HALF_OPEN']);
    expect(to.transitions.at(-1)?.at).toBe(T0_MS + 1_900 + 30_000);
    to.ticks(start + 32_000, start + 80_000);
    const breaker = to.service('reviews').breakers[0]!;
    expect(breaker).toMatchObject({ rollup: true, state: 'HALF_OPEN', stale: true });
  });

  test('ten good calls after half-open close it, and the alert resolves', () => {
    const to = feed();
    play(to, 30, T0_MS, 100, failing);
    play(to, 60, T0_MS + 3_000, 1_000);
    expect(to.rollup('reviews')).toEqual(['CLOSED>OPEN', 'OPEN>HALF_OPEN', 'HALF_OPEN>CLOSED']);
    const alerts = to.outputs.flatMap((output) => (output.topic === 'alerts' ? output.value : []));
    expect(alerts.map((alert) => alert?.status)).toEqual(['firing', 'resolved']);
  });

  test('refusals trip the observed breaker and leave the inferred one alone', () => {
    const to = feed();
    play(to, 30, T0_MS, 100, { code: 503, flags: parseFlags('UO') });
    expect(to.rollup('reviews', 'observed')).toEqual(['CLOSED>OPEN']);
    expect(to.rollup('reviews', 'inferred')).toEqual([]);
  });

  test('each transition names its predecessor of the same key, and sequences grow', () => {
    const to = feed();
    play(to, 30, T0_MS, 100, failing);
    play(to, 60, T0_MS + 3_000, 1_000);
    const rollup = to.transitions.filter((one) => one.rollup);
    expect(rollup.map(({ previous }) => previous)).toEqual([
      null,
      rollup[0]!.sequence,
      rollup[1]!.sequence,
    ]);
    const sequences = to.transitions.map(({ sequence: [offset, i] }) => offset * 1e6 + i);
    expect(sequences).toEqual([...new Set(sequences)].sort((a, b) => a - b));
  });

  test('an alert that ended a day ago is forgotten', () => {
    const to = feed();
    play(to, 30, T0_MS, 100, failing);
    play(to, 60, T0_MS + 3_000, 1_000);
    to.events([{ atMs: T0_MS + 86_600_000 }]);
    const alerts = to.outputs.filter(({ topic }) => topic === 'alerts');
    expect(alerts.at(-1)).toEqual({
      topic: 'alerts',
      key: 'breaker_open/reviews/inferred',
      value: null,
    });
  });

  test('callers without a proxy are heard though another caller has one', () => {
    const to = feed();
    for (let i = 0; i < 100; i++) {
      const atMs = T0_MS + i * 100;
      const inbound = { reporter: 'destination', source: null } as const;
      const facts: Facts[] = Array.from({ length: 5 }, (_, n) => ({
        ...inbound,
        atMs: atMs + n,
        code: 503,
      }));
      if (i % 10 === 0) facts.push({ atMs }, { ...inbound, atMs });
      to.events(facts, atMs + 10);
    }
    expect(to.rollup('reviews')).toEqual(['CLOSED>OPEN']);
  });

  test('a dependency without a call for an hour is forgotten, and says so', () => {
    const to = feed();
    play(to, 30, T0_MS, 100, failing);
    for (let next = to.fold.nextTickMs(); next !== null; next = to.fold.nextTickMs()) to.tick(next);
    expect(to.rollup('reviews')).toEqual(['CLOSED>OPEN', 'OPEN>HALF_OPEN', 'HALF_OPEN>CLOSED']);
    expect(to.transitions.at(-1)).toMatchObject({ reason: 'no_traffic', calls: 0 });
    expect(to.outputs.findLast(({ key }) => key === 'reviews')).toMatchObject({
      topic: 'state',
      value: null,
    });
  });

  test('a policy in the stream rules from there on', () => {
    const to = feed();
    const policy = {
      ...DEFAULT_POLICY,
      breaker: { ...DEFAULT_POLICY.breaker, minimumNumberOfCalls: 5 },
    };
    to.fold.apply({ offset: 0, time: T0_MS - 1_000 }, { kind: 'policy', policy });
    play(to, 5, T0_MS, 100, failing);
    expect(to.rollup('reviews')).toEqual(['CLOSED>OPEN']);
  });
});

describe('bounds', () => {
  test('services, callers and subsets over the bound share "other", and are counted', () => {
    const to = feed({ maxServices: 3, maxDependencies: 5, maxRemembered: 100 });
    for (let i = 0; i < 20; i++) {
      to.events([
        { atMs: T0_MS + i, destination: `made-up-${i}` },
        { atMs: T0_MS + i, destination: 'made-up-0', source: `caller-${i}` },
      ]);
    }
    to.tick(T0_MS + 4_000);
    expect(to.partition.services).toBe(4);
    expect(to.partition.overflowed).toBeGreaterThan(0);
    expect(to.service('@other').windows['10s'].requests).toBe(17);
    expect(to.partition.accounting[0]!.bins.counted).toBe(40);
  });

  test('a name that a gateway has no route for takes no place: whoever reaches the gateway chooses it', () => {
    const to = feed({ ...DEFAULT_BOUNDS, maxServices: 2 });
    const noRoute = { code: 404, flags: parseFlags('NR') };
    for (let i = 0; i < 5; i++) {
      to.events([{ ...noRoute, atMs: T0_MS + i, destination: `scan-${i}.evil` }]);
    }
    play(to, 3, T0_MS + 10, 10, { destination: 'real.shop' });
    to.tick(T0_MS + 4_000);
    expect(to.partition.services).toBe(1);
    expect(to.service('real.shop').windows['10s'].requests).toBe(3);
    expect(to.partition.accounting[0]!.bins).toMatchObject({ counted: 3, excluded: 5 });
  });

  test('one body with thousands of callers and subsets stays within one record per service', () => {
    const to = feed();
    const facts = Array.from({ length: 20_000 }, (_, i) => ({
      atMs: T0_MS + (i % 900),
      source: `caller-${i % 1_000}`,
      subset: `v${i % 70}`,
    }));
    to.parts([part(facts)], T0_MS + 1_000);
    to.tick(T0_MS + 4_000);
    const state = to.service('reviews');
    expect(state.callers.length).toBeLessThanOrEqual(401);
    expect(state.subsets.length).toBeLessThanOrEqual(51);
    expect(state.breakers.length).toBeLessThanOrEqual(2_000);
    expect(JSON.stringify(state).length).toBeLessThan(3_000_000);
    expect(state.windows['10s'].requests).toBe(20_000);
    expect(to.partition.overflowed).toBeGreaterThan(10_000);
  });

  test('a subset that is gone for an hour makes room for the next', () => {
    const to = feed();
    for (let i = 0; i < 60; i++) {
      const atMs = T0_MS + i * 4_000_000;
      to.events([{ atMs, subset: `v${i}` }, { atMs: atMs + 1 }]);
      to.tick(atMs + 65_000);
    }
    expect(to.service('reviews').subsets.map(({ subset }) => subset)).toEqual(['v59']);
  });

  test('when the memory for duplicates is full, events still count and the overflow is told', () => {
    const to = feed({ ...DEFAULT_BOUNDS, maxRemembered: 10 });
    const facts = Array.from({ length: 25 }, (_, i) => ({
      atMs: T0_MS + i,
      fingerprint: BigInt(i + 1),
    }));
    to.parts([part(facts)], T0_MS + 100);
    to.tick(T0_MS + 4_000);
    expect(to.partition.accounting[0]!.bins.counted).toBe(25);
    expect(to.partition.forgottenIds).toBe(15);
  });
});

test('after a silence no service waits longer for its state because there are many', () => {
  const all = feed();
  const facts = Array.from({ length: 1_500 }, (_, i) => ({ atMs: T0_MS, destination: `s${i}` }));
  all.events(facts);
  const later = T0_MS + 40_000;
  const keys = all.events([{ atMs: later }], later).flatMap(({ topic, key }) => {
    return topic === 'state' && key.startsWith('s') ? [key] : [];
  });
  expect(new Set(keys).size).toBe(1_500);
});

test('the same stream folded again gives the same outputs with the same ids', () => {
  const run = () => {
    const random = new Random(42);
    const to = feed();
    let time = T0_MS;
    for (let i = 0; i < 400; i++) {
      time += random.integer(700);
      const facts = Array.from({ length: 1 + random.integer(60) }, () => ({
        atMs: time - random.integer(8_000),
        source: random.pick(['frontend', 'mobile', null]),
        destination: random.pick(['reviews', 'ratings', 'details']),
        subset: random.pick([null, null, 'v2']),
        reporter: random.pick(['source', 'destination'] as const),
        code: random.next() < (i % 100 < 30 ? 0.8 : 0.05) ? 503 : 200,
        durationUs: random.integer(500_000),
      }));
      to.parts([part(facts, { id: i.toString(16).padStart(32, '0') })], time);
    }
    return to.outputs;
  };
  const first = run();
  expect(first.filter(({ topic }) => topic === 'transitions').length).toBeGreaterThan(10);
  expect(run()).toEqual(first);
});
