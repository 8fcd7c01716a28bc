import { describe, expect, test } from 'vitest';
import { Fold } from '../../../src/aggregate/fold.ts';
import type { Reporter } from '../../../src/model/request-event.ts';
import type { Failover } from '../../../src/model/state.ts';
import { type Facts, Feed, T0_MS } from '../events.ts';

interface Traffic {
  cluster: string | null;
  /** Seconds after the start. */
  from: number;
  to: number;
  perSecond?: number;
  code?: number;
  reporter?: Reporter;
  /** Seconds between a request's end and when its line arrives. */
  late?: number;
}

/** Requests at equal distances, the first at `from`. */
function requests({ cluster, from, to, perSecond = 40, code = 200, reporter }: Traffic): Facts[] {
  return Array.from({ length: Math.round((to - from) * perSecond) }, (_, i) => ({
    atMs: T0_MS + Math.round(1_000 * (from + i / perSecond)),
    cluster,
    code,
    reporter: reporter ?? 'destination',
  }));
}

/** A fold that has read all of it in the order of arrival, four bodies a second. */
function folded(...traffic: Traffic[]): Feed {
  const feed = new Feed(new Fold({ partition: 0 }));
  const bodies = new Map<number, Facts[]>();
  for (const one of traffic) {
    for (const facts of requests(one)) {
      const arrives = Math.ceil((facts.atMs + 1_000 * (one.late ?? 0)) / 250) * 250;
      bodies.set(arrives, [...(bodies.get(arrives) ?? []), facts]);
    }
  }
  const inOrder = [...bodies].sort(([a], [b]) => a - b);
  for (const [time, facts] of inOrder) feed.events(facts, time);
  return feed;
}

const failovers = (feed: Feed) => feed.service('reviews').failovers;

/** Every list of failovers that was published. */
function published(feed: Feed): Failover[][] {
  return feed.outputs.flatMap(({ topic, value }) =>
    topic === 'state' && value !== null && 'service' in value ? [value.failovers] : [],
  );
}

const at = (seconds: number) => T0_MS + 1_000 * seconds;

describe('a failover', () => {
  test('is seen with its clusters, its beginning and its end where the other cluster was idle', () => {
    const feed = folded(
      { cluster: 'east', from: 0, to: 30.7 },
      { cluster: 'west', from: 33.9, to: 60 },
    );
    const began = at(30.675);
    expect(failovers(feed)).toEqual([
      { from: 'east', to: 'west', beganAt: began, overAt: at(33.9) },
    ]);
  });

  test('is seen to a second where the other cluster had requests of its own', () => {
    const [found, ...more] = failovers(
      folded(
        { cluster: 'east', from: 0, to: 30 },
        { cluster: 'west', from: 0, to: 34.5 },
        { cluster: 'west', from: 34.5, to: 60, perSecond: 80 },
      ),
    );
    expect(more).toEqual([]);
    expect(found).toMatchObject({ from: 'east', to: 'west', beganAt: at(29.975) });
    expect(Math.abs(found!.overAt - at(34.5))).toBeLessThanOrEqual(250);
  });

  test('is none where the other cluster carries no more than before', () => {
    const feed = folded({ cluster: 'east', from: 0, to: 30 }, { cluster: 'west', from: 0, to: 60 });
    expect(published(feed).flat()).toEqual([]);
  });

  test.each([1, 2])('is none where the other cluster has more for %i s only', (seconds) => {
    const feed = folded(
      { cluster: 'east', from: 0, to: 30 },
      { cluster: 'west', from: 0, to: 60 },
      { cluster: 'west', from: 33, to: 33 + seconds, perSecond: 400 },
    );
    expect(published(feed).flat()).toEqual([]);
  });

  test.each([
    ['two requests a second', 2, 0.1],
    ['a twentieth of the requests', 5, 100],
  ])('is none where the first cluster had %s', (_, perSecond, other) => {
    const feed = folded(
      { cluster: 'east', from: 0, to: 30, perSecond },
      { cluster: 'west', from: 0, to: 60, perSecond: other },
      { cluster: 'west', from: 33, to: 60, perSecond: 5 },
    );
    expect(published(feed).flat()).toEqual([]);
  });

  test('is one although a few requests still succeed in the first cluster', () => {
    const [found] = failovers(
      folded(
        { cluster: 'east', from: 0, to: 30 },
        { cluster: 'east', from: 30, to: 60, perSecond: 1 },
        { cluster: 'west', from: 33, to: 60 },
      ),
    );
    expect(found).toMatchObject({ from: 'east', to: 'west', beganAt: at(30), overAt: at(33) });
  });

  test('is none where the first cluster goes on, whatever the other one gains', () => {
    const feed = folded(
      { cluster: 'east', from: 0, to: 60 },
      { cluster: 'west', from: 30, to: 60 },
    );
    expect(published(feed).flat()).toEqual([]);
  });

  test('is none where the first cluster comes back before the other one takes over', () => {
    const feed = folded(
      { cluster: 'east', from: 0, to: 30 },
      { cluster: 'east', from: 38, to: 80 },
      { cluster: 'west', from: 45, to: 80 },
    );
    expect(published(feed).flat()).toEqual([]);
  });

  test('is one too where the first cluster answers with errors, and over when the other one succeeds', () => {
    const [found] = failovers(
      folded(
        { cluster: 'east', from: 0, to: 30 },
        { cluster: 'east', from: 30, to: 60, code: 503 },
        { cluster: 'west', from: 31, to: 37, code: 503 },
        { cluster: 'west', from: 37, to: 60 },
      ),
    );
    expect(found).toMatchObject({ beganAt: at(29.975), overAt: at(37) });
  });

  test('may take minutes', () => {
    const [found, ...more] = failovers(
      folded(
        { cluster: 'east', from: 0, to: 30 },
        { cluster: 'west', from: 0, to: 240, perSecond: 2 },
        { cluster: 'west', from: 240, to: 300 },
      ),
    );
    expect(more).toEqual([]);
    expect(found).toMatchObject({ from: 'east', to: 'west', beganAt: at(29.975) });
    expect(Math.abs(found!.overAt - at(240))).toBeLessThanOrEqual(250);
  });

  test('and the way back are two, the newest first', () => {
    const feed = folded(
      { cluster: 'east', from: 0, to: 30 },
      { cluster: 'west', from: 32, to: 90 },
      { cluster: 'east', from: 91, to: 200 },
    );
    expect(failovers(feed)).toEqual([
      { from: 'west', to: 'east', beganAt: at(89.975), overAt: at(91) },
      { from: 'east', to: 'west', beganAt: at(29.975), overAt: at(32) },
    ]);
  });

  test('is published once it has held, and stays the same from then on', () => {
    const feed = folded(
      { cluster: 'east', from: 0, to: 30.7 },
      { cluster: 'west', from: 33.9, to: 400 },
    );
    const seen = published(feed).filter((list) => list.length > 0);
    expect(new Set(seen.map((list) => JSON.stringify(list))).size).toBe(1);
    const first = feed.outputs.find(
      ({ topic, value }) => topic === 'state' && value !== null && 'failovers' in value,
    );
    expect(first?.value).toMatchObject({ asOf: expect.any(Number) });
    expect((first!.value as { asOf: number }).asOf).toBeLessThan(at(41));
  });

  test('stays the same while the first cluster comes back and the other one pauses', () => {
    const feed = folded(
      { cluster: 'east', from: 0, to: 30.7 },
      { cluster: 'east', from: 62, to: 120, perSecond: 5 },
      { cluster: 'west', from: 33.9, to: 45.2 },
      { cluster: 'west', from: 47.3, to: 120 },
    );
    const seen = published(feed).filter((list) => list.length > 0);
    expect(new Set(seen.map((list) => JSON.stringify(list))).size).toBe(1);
    expect(seen[0]).toMatchObject([{ beganAt: at(30.675), overAt: at(33.9) }]);
  });

  test('is to the cluster that gained most, and the newest five are kept', () => {
    const traffic = [0, 1, 2, 3, 4, 5, 6].flatMap((n): Traffic[] => [
      { cluster: n % 2 === 0 ? 'east' : 'west', from: 40 * n, to: 40 * n + 38 },
      { cluster: 'north', from: 40 * n, to: 40 * n + 38, perSecond: 10 },
    ]);
    const found = failovers(folded(...traffic));
    expect(found.map(({ from, to }) => `${from}>${to}`)).toEqual([
      'west>east',
      'east>west',
      'west>east',
      'east>west',
      'west>east',
    ]);
    expect(found[0]!.beganAt).toBeGreaterThan(at(230));
  });
});

describe('lines that come late', () => {
  test('take back a failover that there was none of', () => {
    const feed = folded(
      { cluster: 'east', from: 0, to: 30 },
      { cluster: 'east', from: 30, to: 60, late: 20 },
      { cluster: 'west', from: 0, to: 30 },
      { cluster: 'west', from: 30, to: 85, perSecond: 80 },
    );
    expect(published(feed).flat()).not.toEqual([]);
    expect(failovers(feed).filter(({ beganAt }) => beganAt < at(31))).toEqual([]);
  });

  test('within a second tell when the other cluster took over', () => {
    const feed = folded(
      { cluster: 'east', from: 0, to: 30 },
      { cluster: 'west', from: 33.9, to: 34.4, late: 0.8 },
      { cluster: 'west', from: 34.4, to: 60 },
    );
    expect(failovers(feed)).toMatchObject([{ overAt: at(33.9) }]);
  });

  test('of both clusters show the same failover as if they had come in time', () => {
    const traffic = (late: number): Traffic[] => [
      { cluster: 'east', from: 0, to: 30.7, late },
      { cluster: 'west', from: 33.9, to: 90, late: 0 },
    ];
    expect(failovers(folded(...traffic(15)))).toEqual(failovers(folded(...traffic(0))));
  });
});

describe('who tells of clusters', () => {
  test('is the called side where it logs: a caller knows its own cluster only', () => {
    const feed = folded(
      // Its callers are in east all the time, and their calls go on to succeed.
      { cluster: 'east', from: 0, to: 60, reporter: 'source' },
      { cluster: 'east', from: 0, to: 30 },
      { cluster: 'west', from: 33, to: 60 },
    );
    expect(failovers(feed)).toMatchObject([{ from: 'east', to: 'west', overAt: at(33) }]);
    const windows = feed.service('reviews').clusters.map(({ cluster, windows }) => {
      const { requests, reporter } = windows['10s'];
      return { cluster, requests: requests > 0, reporter };
    });
    expect(windows).toEqual([
      { cluster: 'east', requests: false, reporter: 'none' },
      { cluster: 'west', requests: true, reporter: 'destination' },
    ]);
  });

  test('is the caller where no proxy of the called side logs', () => {
    const feed = folded(
      { cluster: 'east', from: 0, to: 30, reporter: 'source' },
      { cluster: 'west', from: 33, to: 60, reporter: 'source' },
    );
    expect(failovers(feed)).toMatchObject([{ from: 'east', to: 'west', overAt: at(33) }]);
  });
});

test('a service whose records name no cluster has none', () => {
  const { clusters, failovers } = folded({ cluster: null, from: 0, to: 20 }).service('reviews');
  expect([clusters, failovers]).toEqual([[], []]);
});

test('clusters over the bound share "other", which takes no part in failovers', () => {
  const many = Array.from({ length: 30 }, (_, n) => ({
    cluster: `c-${String(n).padStart(2, '0')}`,
    from: n / 100,
    to: 20,
    perSecond: 1,
  }));
  const feed = folded(
    ...many,
    { cluster: 'c-40', from: 1, to: 20 },
    { cluster: 'c-00', from: 21, to: 60 },
  );
  const { clusters } = feed.service('reviews');
  expect(clusters.map(({ cluster }) => cluster)).toHaveLength(21);
  expect(clusters.at(-1)).toMatchObject({ cluster: '@other' });
  expect(feed.partition.overflowed).toBe(19 * 40 + 200);
  expect(published(feed).flat()).toEqual([]);
});
