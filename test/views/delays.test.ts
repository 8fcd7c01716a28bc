import { expect, onTestFinished, test, vi } from 'vitest';
import { noLog } from '../../src/telemetry/log.ts';
import type { ViewChange } from '../../src/views/feed.ts';
import { openViews } from '../../src/views/open.ts';
import { manualTimers } from '../api/harness.ts';
import { NOW, partitionState, serviceState } from './published-records.ts';
import { streamFixture } from './stream-fixture.ts';

/** Views over two partitions, of which each has one service; time moves in looks of a second. */
async function watched() {
  const stream = streamFixture(2);
  const timers = manualTimers();
  let now = NOW + 2_000;
  let passed = 0;
  const folded = async (partition: number, offset: number, services = 1) => {
    const state = partitionState({
      partition,
      offset,
      services,
      sequence: [offset, 0],
      appendTime: now,
    });
    await stream.put('state', `@partition/${partition}`, state, partition);
    await stream.settled();
  };
  const appended = async (partition: number, count = 1) => {
    for (let i = 0; i < count; i++) await stream.put('requests', null, 'a part', partition);
  };
  await stream.put('state', 'a', serviceState({ service: 'a' }), 0);
  await stream.put('state', 'b', serviceState({ service: 'b' }), 1);
  const opened = async (source = stream.source) => {
    const log = { ...noLog, warn: vi.fn(), info: vi.fn() };
    const watch = { clock: () => now, stopwatch: () => passed, timers };
    const views = await openViews({ source, log, watch });
    onTestFinished(() => views.close());
    await views.caughtUp();
    return { views, log };
  };
  const pass = async (seconds: number) => {
    for (let i = 0; i < seconds; i++) {
      now += 1_000;
      passed += 1_000;
      await timers.advance(1_000);
    }
  };
  const set = (clock: number) => {
    now = clock;
  };
  return { stream, folded, appended, opened, pass, set };
}

test('a partition whose records nobody folds is delayed after seconds, and no other is', async () => {
  const { folded, appended, opened, pass } = await watched();
  await folded(0, 0);
  await folded(1, 0);
  const { views, log } = await opened();
  await pass(1);
  expect([views.delays(), views.lag(0), views.lag(1)]).toEqual([[], 0, 0]);
  await appended(1, 3);
  await pass(4);
  expect([views.delays(), views.lag(1)]).toEqual([[], 3]);
  await pass(4);
  const delay = { partition: 1, reason: 'not_read', ms: 7_000, lag: 3 };
  expect(views.delays()).toEqual([delay]);
  expect([views.delayOf('a'), views.delayOf('b')]).toEqual([null, delay]);
  expect(log.warn).toHaveBeenCalledExactlyOnceWith('data_delayed', { partitions: '1: not_read' });
  await folded(1, 3);
  expect([views.delays(), views.delayOf('b'), views.lag(1)]).toEqual([[], null, 0]);
  await pass(1);
  expect(log.info).toHaveBeenCalledWith('data_up_to_date');
});

test('a partition that is folded, but late, is behind', async () => {
  const { folded, appended, opened, pass } = await watched();
  await folded(0, 0);
  await folded(1, 0);
  const { views } = await opened();
  await pass(1);
  for (let second = 0; second < 20; second++) {
    await appended(0, 2);
    await folded(0, second);
    await pass(1);
  }
  const [delay] = views.delays();
  expect(delay).toMatchObject({ partition: 0, reason: 'behind', lag: 21 });
  // The twentieth record came with the tenth second.
  expect(delay!.ms).toBe(10_000);
});

test('a silent partition is not delayed, as long as its owner is heard of once a minute', async () => {
  const { folded, appended, opened, pass } = await watched();
  await folded(0, 0);
  await folded(1, 0, 0);
  const { views } = await opened();
  await pass(60);
  expect(views.delays()).toEqual([]);
  await appended(0);
  await folded(0, 1);
  await pass(60);
  expect(views.delays()).toEqual([]);
  await pass(7);
  // The other one has no services that anybody would have to tick for.
  expect(views.delays()).toEqual([{ partition: 0, reason: 'not_read', ms: 66_000, lag: 0 }]);
});

test('a clock that is set makes nothing delayed, and hides no delay', async () => {
  const { folded, appended, opened, pass, set } = await watched();
  await folded(0, 0);
  await folded(1, 0);
  const { views } = await opened();
  await pass(1);
  await appended(1);
  await pass(7);
  set(NOW + 86_400_000);
  const delay = { partition: 1, reason: 'not_read', ms: 6_000, lag: 1 };
  expect([views.delays(), views.lag(0)]).toEqual([[delay], 0]);
  set(NOW - 86_400_000);
  expect([views.delays(), views.lag(0)]).toEqual([[delay], 0]);
});

test('a record after a long silence is not taken for one that has waited all the time', async () => {
  const { folded, appended, opened, pass } = await watched();
  await folded(0, 0, 0);
  const { views } = await opened();
  await pass(600);
  await appended(0);
  await pass(5);
  expect(views.delays()).toEqual([]);
});

test('who starts when nobody has read for long says so at once', async () => {
  const { folded, appended, opened, pass } = await watched();
  await folded(0, 0);
  await appended(0, 5);
  await pass(40);
  const { views } = await opened();
  await pass(1);
  expect(views.delays()).toEqual([{ partition: 0, reason: 'not_read', ms: 41_000, lag: 5 }]);
});

test('records that nobody ever folded any of wait too', async () => {
  const { appended, opened, pass } = await watched();
  await appended(1, 2);
  const { views } = await opened();
  await pass(6);
  expect(views.delays()).toEqual([{ partition: 1, reason: 'not_read', ms: 6_000, lag: 2 }]);
});

test('when the stream does not say how far it reaches, nobody knows how much is missing', async () => {
  const { stream, folded, opened, pass } = await watched();
  await folded(0, 0);
  await folded(1, 0);
  let broken: 'no' | 'partly' | 'rejects' | 'hangs' = 'no';
  let asked = 0;
  const ends = async () => {
    asked++;
    if (broken === 'rejects') throw new Error('no broker');
    if (broken === 'hangs') return new Promise<never>(() => {});
    return broken === 'partly' ? [0, null] : [0, 0];
  };
  const { views } = await opened({ ...stream.source, ends });
  await pass(2);
  broken = 'partly';
  await pass(6);
  const unknown = { partition: 1, reason: 'stream_unavailable', ms: 6_000, lag: null };
  expect([views.delays(), views.lag(0), views.lag(1)]).toEqual([[unknown], 0, null]);
  broken = 'rejects';
  await pass(6);
  expect(views.delays().map(({ partition }) => partition)).toEqual([0, 1]);
  broken = 'no';
  await pass(1);
  expect(views.delays()).toEqual([]);
  broken = 'hangs';
  asked = 0;
  await pass(10);
  expect([asked, views.delays().length]).toEqual([1, 2]);
});

test('who listens is told once when other partitions are delayed', async () => {
  const { folded, appended, opened, pass } = await watched();
  await folded(0, 0);
  const { views } = await opened();
  await pass(1);
  const changes: ViewChange[] = [];
  views.subscribe({ changed: (change) => changes.push(change), closed: () => {} });
  await appended(0);
  await pass(9);
  expect(changes).toEqual([{ kind: 'delays' }]);
  await folded(0, 1);
  await pass(3);
  expect(changes).toEqual([{ kind: 'delays' }, { kind: 'delays' }]);
});
