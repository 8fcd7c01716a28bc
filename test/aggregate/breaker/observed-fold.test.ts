import { expect, test } from 'vitest';
import { Fold } from '../../../src/aggregate/fold.ts';
import { FLAG } from '../../../src/model/response-flags.ts';
import { Feed, T0_MS } from '../events.ts';

const refused = (second: number) => ({ atMs: T0_MS + second * 1000, code: 503, flags: FLAG.UO });
const answered = (second: number) => ({ atMs: T0_MS + second * 1000 });

const observed = (feed: Feed) =>
  feed.transitions
    .filter(({ basis, rollup }) => basis === 'observed' && !rollup)
    .map(({ to, at }) => [to, (at - T0_MS) / 1000]);

const status = (feed: Feed) =>
  feed.service('reviews').breakers.find(({ basis, rollup }) => basis === 'observed' && !rollup)!;

test('a half-open breaker closes when the watermark passes its first success, though nothing else is told', () => {
  const feed = new Feed(new Fold({ partition: 0 }));
  feed.events([1, 1.1, 1.2, 1.3, 1.4].map(refused));
  feed.ticks(T0_MS + 2_000, T0_MS + 20_000);
  expect(observed(feed)).toEqual([
    ['OPEN', 1.4],
    ['HALF_OPEN', 6.4],
  ]);
  feed.events([answered(20.5), answered(20.2)], T0_MS + 20_600);
  feed.tick(T0_MS + 22_100);
  expect(status(feed)).toMatchObject({ state: 'HALF_OPEN', nextProbeAt: null });
  expect(feed.fold.nextTickMs(), 'it waits for the success').toBe(T0_MS + 22_200);
  feed.tick(T0_MS + 22_200);
  expect(observed(feed)).toHaveLength(3);
  expect(observed(feed)[2]).toEqual(['CLOSED', 20.2]);
});

test('where calls go on, it closes at the first that is answered after the hold, not two seconds later', () => {
  const feed = new Feed(new Fold({ partition: 0 }));
  feed.events([1, 1.1, 1.2, 1.3, 1.4].map(refused));
  for (let second = 2; second < 12; second += 0.5) feed.events([answered(second)]);
  expect(observed(feed)).toEqual([
    ['OPEN', 1.4],
    ['HALF_OPEN', 6.4],
    ['CLOSED', 6.5],
  ]);
});

test('what one worker of a proxy tells later opens it again before what another told of closes it', () => {
  const feed = new Feed(new Fold({ partition: 0 }));
  feed.events([1, 1.1, 1.2, 1.3, 1.4].map(refused));
  feed.ticks(T0_MS + 2_000, T0_MS + 20_000);
  feed.events([answered(20.3)], T0_MS + 20_800);
  feed.events([refused(20.1), refused(20.2)], T0_MS + 21_000);
  feed.ticks(T0_MS + 22_000, T0_MS + 30_000);
  expect(observed(feed)).toEqual([
    ['OPEN', 1.4],
    ['HALF_OPEN', 6.4],
    ['OPEN', 20.1],
    ['HALF_OPEN', 25.2],
  ]);
});
