import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { classify } from '../../src/aggregate/classify.ts';
import { Fold } from '../../src/aggregate/fold.ts';
import { parseFlags } from '../../src/model/response-flags.ts';
import { WINDOW_SECONDS, WINDOWS, type WindowStats } from '../../src/model/windows.ts';
import { Random } from '../random.ts';
import { expectSame } from '../same.ts';
import { event, type Facts, Feed, part, T0_MS } from './events.ts';

/** What a plain list of all events that count says of one window. */
interface Naive {
  successes: number;
  failures: number;
  refused: number;
  excluded: number;
}

interface Counted {
  source: string;
  destination: string;
  subset: string | null;
  cluster: string | null;
  second: number;
  outcome: 'success' | 'failure' | 'refused' | 'excluded';
}

const FIELD = {
  success: 'successes',
  failure: 'failures',
  refused: 'refused',
  excluded: 'excluded',
} as const;

function recount(
  events: readonly Counted[],
  name: keyof typeof WINDOW_SECONDS,
  asOf: number,
): Naive {
  const { length, step } = WINDOW_SECONDS[name];
  const from = asOf - (asOf % step) - length + step;
  const naive: Naive = { successes: 0, failures: 0, refused: 0, excluded: 0 };
  for (const { second, outcome } of events) {
    if (second >= from && second <= asOf) naive[FIELD[outcome]]++;
  }
  return naive;
}

const counts = ({ successes, failures, refused, excluded }: WindowStats): Naive => ({
  successes,
  failures,
  refused,
  excluded,
});

/** Providers' clocks, ms ahead; what is ahead is clamped. */
const SKEWS = [0, 0, 0, -120_000, 90_000];

test('every window of every service, subset, cluster and dependency equals a naive recount', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const random = new Random(seed);
      const feed = new Feed(new Fold({ partition: 0 }));
      const events: Counted[] = [];
      const remembered = new Map<bigint, number>();
      let now = T0_MS;
      let newest = Number.NEGATIVE_INFINITY;
      let fingerprint = 0n;
      const sent: Facts[] = [];

      const count = (facts: Facts) => {
        const endMs = Math.min(facts.atMs, now);
        if (endMs < newest - 2_000 - 300_000) return;
        if (remembered.has(facts.fingerprint!)) return;
        remembered.set(facts.fingerprint!, endMs);
        newest = Math.max(newest, endMs);
        const { outcome } = classify(event(facts));
        const { source, destination, subset, cluster } = event(facts);
        const second = Math.floor(endMs / 1_000);
        events.push({
          source: source!,
          destination: destination!,
          subset,
          cluster,
          second,
          outcome,
        });
      };

      for (let i = 0; i < 120; i++) {
        now += random.pick([20, 300, 1_000, 1_000, 4_000, i % 40 === 0 ? 90_000 : 0]);
        const fresh = Array.from({ length: random.integer(12) }, (): Facts => {
          const lateMs = random.pick([0, 5, 900, 3_000, 10_000, 70_000, 250_000]);
          const code = random.pick([200, 200, 200, 404, 503]);
          return {
            atMs: now - lateMs + random.pick(SKEWS),
            fingerprint: ++fingerprint,
            source: random.pick(['frontend', 'mobile']),
            destination: random.pick(['reviews', 'ratings']),
            subset: random.pick([null, 'v1', 'v2']),
            cluster: random.pick([null, 'east', 'west']),
            code,
            flags: random.next() < 0.1 ? parseFlags(random.pick(['UO', 'DC', 'UT'])) : 0,
          };
        });
        // A shipper's retry: some of the newest lines again, then the fresh ones.
        const again = random.next() < 0.3 ? sent.slice(-1 - random.integer(8)) : [];
        sent.push(...fresh);
        const body = [...again, ...fresh];
        if (body.length === 0) {
          newest = Math.max(newest, now);
          feed.tick(now);
        } else {
          for (const facts of body) count(facts);
          feed.parts([part(body)], now);
        }
      }
      now += 3_000;
      newest = now;
      feed.tick(now);

      const asOf = Math.floor((newest - 2_000) / 1_000);
      for (const destination of ['reviews', 'ratings']) {
        const own = events.filter((one) => one.destination === destination);
        const state = feed.service(destination);
        for (const name of WINDOWS) {
          const where = `${destination} ${name} seed ${seed}`;
          expectSame(counts(state.windows[name]), recount(own, name, asOf), where);
          for (const { subset, windows } of state.subsets) {
            const some = own.filter((one) => one.subset === subset);
            expectSame(counts(windows[name]), recount(some, name, asOf), `${where} ${subset}`);
          }
          for (const { cluster, windows } of state.clusters) {
            const some = own.filter((one) => one.cluster === cluster);
            expectSame(counts(windows[name]), recount(some, name, asOf), `${where} ${cluster}`);
          }
          for (const { source, windows } of state.callers) {
            const some = own.filter((one) => one.source === source);
            expectSame(counts(windows[name]), recount(some, name, asOf), `${where} ${source}`);
          }
        }
      }
    }),
    { numRuns: 60, seed: 11 },
  );
}, 60_000);

describe('clocks and gaps', () => {
  const feed = () => new Feed(new Fold({ partition: 0 }));

  test('a provider that is always ten seconds late has all its events counted', () => {
    const to = feed();
    for (let i = 0; i < 60; i++) {
      const now = T0_MS + i * 1_000;
      to.parts([part([{ atMs: now }], { provider: 'prompt' })], now);
      to.parts([part([{ atMs: now - 10_000 }], { provider: 'slow' })], now + 1);
    }
    to.ticks(T0_MS + 62_000, T0_MS + 64_000);
    const slow = to.partition.accounting.find(({ provider }) => provider === 'slow')!;
    expect(slow.bins).toMatchObject({ counted: 60, late: 0 });
    expect(to.service('reviews').windows['5m'].requests).toBe(120);
  });

  test('a provider whose clock is four minutes slow counts; one six minutes slow is late, and only it', () => {
    const to = feed();
    for (let i = 0; i < 30; i++) {
      const now = T0_MS + i * 1_000;
      to.parts([part([{ atMs: now }], { provider: 'right' })], now);
      to.parts([part([{ atMs: now - 240_000 }], { provider: 'slow' })], now + 1);
      to.parts([part([{ atMs: now - 360_000 }], { provider: 'slower' })], now + 2);
    }
    to.tick(T0_MS + 33_000);
    const bins = (provider: string) =>
      to.partition.accounting.find((row) => row.provider === provider)!.bins;
    expect(bins('right').counted).toBe(30);
    expect(bins('slow').counted).toBe(30);
    expect(bins('slower')).toMatchObject({ counted: 0, late: 30 });
  });

  test('events of the year 1970 and of the year 2100 harm nobody', () => {
    const to = feed();
    to.events([{ atMs: T0_MS }]);
    to.parts([part([{ atMs: 0 }, { atMs: 4_102_444_800_000 }], { provider: 'odd' })], T0_MS + 10);
    to.events([{ atMs: T0_MS + 20 }]);
    to.tick(T0_MS + 4_000);
    const odd = to.partition.accounting.find(({ provider }) => provider === 'odd')!;
    expect(odd.bins).toMatchObject({ late: 1, counted: 1 });
    expect(to.service('reviews').windows['10s'].requests).toBe(3);
  });

  test('a process that wakes after an hour is blind for it, and does not call it silence', () => {
    const to = feed();
    for (let i = 0; i < 20; i++) to.events([{ atMs: T0_MS + i * 1_000 }]);
    to.tick(T0_MS + 3_600_000);
    const { windows } = to.service('reviews');
    expect(windows['1m']).toMatchObject({ requests: 0, success_rate: null, blind: true });
    to.ticks(T0_MS + 3_601_000, T0_MS + 3_670_000);
    expect(to.service('reviews').windows['1m'].blind).toBeUndefined();
    expect(to.service('reviews').windows['5m'].blind).toBe(true);
  });

  test('silence with ticks is silence', () => {
    const to = feed();
    for (let i = 0; i < 20; i++) to.events([{ atMs: T0_MS + i * 1_000 }]);
    to.ticks(T0_MS + 20_000, T0_MS + 100_000);
    const minute = to.service('reviews').windows['1m'];
    expect(minute).toMatchObject({ requests: 0, success_rate: null });
    expect(minute.blind).toBeUndefined();
  });
});
