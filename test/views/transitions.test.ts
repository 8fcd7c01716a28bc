import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TransitionLog } from '../../src/views/transitions.ts';
import { transition } from './published-records.ts';

const at = (offset: number, key = 'a', destination = 'reviews.shop') =>
  transition({ key, destination, sequence: [offset, 0] });
const offsets = (log: TransitionLog, key = 'a') => log.of(key).map(({ sequence }) => sequence[0]);

test('transitions of a key come in sequence order, each once, whatever the order and repetition of arrival', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(30)), (arrivals) => {
      const log = new TransitionLog(100, 1000);
      const news = arrivals.filter((offset) => log.apply(at(offset)));
      const distinct = [...new Set(arrivals)].sort((a, b) => a - b);
      expect(offsets(log)).toEqual(distinct);
      expect(news).toHaveLength(distinct.length);
      expect(log.size).toBe(distinct.length);
    }),
  );
});

test('the index within one offset orders too', () => {
  const log = new TransitionLog(10, 100);
  log.apply(transition({ key: 'a', sequence: [5, 2] }));
  log.apply(transition({ key: 'a', sequence: [5, 1] }));
  expect(log.of('a').map(({ sequence }) => sequence)).toEqual([
    [5, 1],
    [5, 2],
  ]);
});

test('a key keeps its newest transitions up to the bound and takes back none that it let go', () => {
  const log = new TransitionLog(3, 100);
  for (const offset of [1, 2, 3, 4, 5]) log.apply(at(offset));
  expect(offsets(log)).toEqual([3, 4, 5]);
  expect(log.apply(at(1))).toBe(false);
  expect(offsets(log)).toEqual([3, 4, 5]);
  expect(log.size).toBe(3);
});

test('over all keys the oldest to arrive go first, and an emptied key is forgotten whole', () => {
  const log = new TransitionLog(10, 4);
  log.apply(at(1, 'a', 'old.shop'));
  for (const offset of [2, 3, 4, 5]) log.apply(at(offset, 'b', 'new.shop'));
  expect(offsets(log, 'a')).toEqual([]);
  expect(log.lastOf('old.shop')).toEqual([]);
  expect(offsets(log, 'b')).toEqual([2, 3, 4, 5]);
  expect(log.size).toBe(4);
});

test('a busy key that passes its own bound does not count twice against the bound over all', () => {
  const log = new TransitionLog(2, 4);
  log.apply(at(1, 'quiet'));
  for (let offset = 2; offset < 50; offset++) log.apply(at(offset, 'busy'));
  expect(offsets(log, 'quiet')).toEqual([1]);
  expect(offsets(log, 'busy')).toEqual([48, 49]);
});

test('the last transition of every breaker of a service is found by the service', () => {
  const log = new TransitionLog(10, 100);
  log.apply(at(1, 'a'));
  log.apply(at(2, 'a'));
  log.apply(at(3, 'b'));
  log.apply(at(4, 'c', 'ratings.shop'));
  expect(log.lastOf('reviews.shop').map(({ sequence }) => sequence[0])).toEqual([2, 3]);
  expect(log.last('a')?.sequence).toEqual([2, 0]);
  expect(log.last('never moved')).toBe(null);
});
