import { expect, test, vi } from 'vitest';
import {
  begunKey,
  encodeBegun,
  encodeTold,
  notificationKey,
} from '../../src/model/notification.ts';
import type { RecordSource } from '../../src/stream/source.ts';
import { noLog } from '../../src/telemetry/log.ts';
import type { ViewChange } from '../../src/views/feed.ts';
import { openViews } from '../../src/views/open.ts';
import {
  accountingRow,
  alert,
  deadLetter,
  NO_WINDOWS,
  NOW,
  notification,
  partitionState,
  serviceState,
  transition,
} from './published-records.ts';
import { type StreamFixture, streamFixture } from './stream-fixture.ts';

async function opened(stream: StreamFixture) {
  const views = await openViews({ source: stream.source, log: noLog });
  await views.caughtUp();
  return views;
}

test('what the topics hold is known once the views are ready, and not before they say so', async () => {
  const stream = streamFixture();
  await stream.put('state', 'reviews.shop', serviceState());
  await stream.put('state', '@partition/0', partitionState());
  await stream.put('transitions', 'reviews.shop', transition());
  await stream.put('alerts', alert().key, alert());
  // As the notifier writes it.
  const told = notification();
  await stream.putBytes('notifications', begunKey(told), encodeBegun(told));
  await stream.putBytes('notifications', notificationKey(told), encodeTold(told));
  const views = await openViews({ source: stream.source, log: noLog });
  expect(views.ready()).toBe(false);
  await views.caughtUp();
  expect(views.ready()).toBe(true);
  expect([...views.skipped()]).toEqual([]);
  expect(views.services()).toEqual([serviceState()]);
  expect(views.service('reviews.shop')).toEqual(serviceState());
  expect(views.dependencies()).toEqual([
    { state: serviceState().callers[0], called: serviceState() },
  ]);
  expect(views.transitions(transition().key)).toEqual([transition()]);
  expect(views.alerts()).toEqual([alert()]);
  expect(views.notifications(alert().key)).toEqual([notification()]);
  expect(views.partitions()).toEqual([partitionState()]);
  expect(views.asOf()).toBe(NOW);
});

test('what comes later is followed and told to who listens, once and in order', async () => {
  const stream = streamFixture();
  const views = await opened(stream);
  const changes: ViewChange[] = [];
  const leave = views.subscribe({ changed: (change) => changes.push(change), closed: () => {} });
  await stream.put('state', 'reviews.shop', serviceState());
  await stream.put('state', 'reviews.shop', serviceState());
  await stream.put('state', 'reviews.shop', serviceState({ sequence: [99, 9] }));
  await stream.put('transitions', 'reviews.shop', transition());
  await stream.put('transitions', 'reviews.shop', transition());
  await stream.put('alerts', alert().key, alert());
  await stream.put('alerts', alert().key, alert());
  await stream.settled();
  expect(changes).toEqual([
    { kind: 'state', service: 'reviews.shop', sequence: [100, 0] },
    { kind: 'transition', transition: transition() },
    { kind: 'alert', alert: alert() },
  ]);
  leave();
  await stream.put('state', 'reviews.shop', serviceState({ sequence: [200, 0] }));
  await stream.settled();
  expect(changes).toHaveLength(3);
  expect(views.service('reviews.shop')?.sequence).toEqual([200, 0]);
});

test('of many states of a service that were there before only the newest is read', async () => {
  const stream = streamFixture();
  for (let second = 0; second < 5; second++) {
    await stream.putBytes('state', 'reviews.shop', new TextEncoder().encode('of no use'));
  }
  await stream.put('state', 'reviews.shop', serviceState());
  const views = await openViews({ source: stream.source, log: noLog });
  await views.caughtUp();
  expect(views.services()).toEqual([serviceState()]);
  expect(views.skipped().size).toBe(0);
});

test('a record that cannot be read is counted and skipped, and costs its neighbours nothing', async () => {
  const stream = streamFixture();
  const bytes = (text: string) => new TextEncoder().encode(text);
  await stream.putBytes('state', 't', bytes('{"service":'));
  await stream.putBytes('state', 'u', Uint8Array.of(0xff, 0xfe, 0x00));
  await stream.putBytes('state', 'v', bytes('null'));
  await stream.put('state', 'x', { ...serviceState({ service: 'x' }), windows: {} });
  await stream.put('state', 'y', { ...serviceState({ service: 'y' }), lastSeen: '2026-01-02' });
  await stream.put('state', 'z', { ...serviceState({ service: 'z' }), asOf: 1e300 });
  await stream.put('state', '@partition/0', serviceState());
  await stream.put('state', 'reviews.shop', serviceState());
  await stream.put('transitions', 'reviews.shop', { ...transition(), to: 'AJAR' });
  await stream.putBytes('transitions', 'reviews.shop', null);
  await stream.put('transitions', 'reviews.shop', transition());
  await stream.put('alerts', 'a', { ...alert(), opened: null });
  await stream.put('alerts', 'a', alert());
  await stream.put('notifications', 'a', []);
  const log = { ...noLog, warn: vi.fn() };
  const views = await openViews({ source: stream.source, log });
  await views.caughtUp();
  expect(Object.fromEntries(views.skipped())).toEqual({
    state: 7,
    transitions: 2,
    alerts: 1,
    notifications: 1,
  });
  expect(views.services()).toEqual([serviceState()]);
  expect(views.transitions(transition().key)).toEqual([transition()]);
  expect(views.alerts()).toEqual([alert()]);
  expect(log.warn).toHaveBeenCalledTimes(4); // the first of each topic
});

test('records of a newer version are read: unknown fields and reasons do no harm', async () => {
  const stream = streamFixture();
  await stream.put('state', 'reviews.shop', { ...serviceState(), invented: 1 });
  await stream.put('transitions', 'reviews.shop', { ...transition(), reason: 'invented_reason' });
  const views = await opened(stream);
  expect(views.services()).toHaveLength(1);
  expect(views.transitions(transition().key)[0]?.reason).toBe('invented_reason');
});

test('a deleted key is forgotten', async () => {
  const stream = streamFixture();
  const told = notification();
  await stream.put('state', 'reviews.shop', serviceState());
  await stream.put('alerts', alert().key, alert());
  await stream.putBytes('notifications', notificationKey(told), encodeTold(told));
  const views = await opened(stream);
  await stream.putBytes('state', 'reviews.shop', null);
  await stream.putBytes('notifications', begunKey(told), null);
  await stream.settled();
  expect(views.notifications(alert().key)).toEqual([told]);
  await stream.putBytes('notifications', notificationKey(told), null);
  await stream.settled();
  expect(views.services()).toEqual([]);
  expect(views.alerts()).toEqual([alert()]);
  expect(views.notifications(alert().key)).toEqual([]);
  await stream.putBytes('alerts', alert().key, null);
  await stream.settled();
  expect(views.alerts()).toEqual([]);
  expect(views.alertHistory()).toEqual([alert()]);
  expect(views.skipped().size).toBe(0);
});

test('as-of is the oldest watermark of the partitions that ever had a record', async () => {
  const stream = streamFixture(3);
  const views = await opened(stream);
  expect(views.asOf()).toBe(null);
  const put = async (partition: number, watermark: number | null, sequence: number) => {
    const state = partitionState({ partition, watermark, sequence: [sequence, 0] });
    await stream.put('state', `@partition/${partition}`, state, partition);
    await stream.settled();
  };
  await put(0, null, 1);
  expect(views.asOf()).toBe(null);
  await put(1, NOW, 1);
  await put(2, NOW - 4000, 1);
  expect(views.asOf()).toBe(NOW - 4000);
  await put(2, NOW + 4000, 2);
  await put(2, NOW - 9000, 1);
  expect(views.asOf()).toBe(NOW);
});

test('a partition without services does not hold the common as-of back', async () => {
  const stream = streamFixture(2);
  const views = await opened(stream);
  for (const [partition, watermark, services] of [
    [0, NOW, 3],
    [1, NOW - 60_000, 0],
  ] as const) {
    const state = partitionState({ partition, watermark, services });
    await stream.put('state', `@partition/${partition}`, state, partition);
  }
  await stream.settled();
  expect(views.asOf()).toBe(NOW);
});

test('the accounting is summed over partitions by provider and input', async () => {
  const stream = streamFixture(2);
  await stream.put('state', '@partition/0', partitionState());
  await stream.put(
    'state',
    '@partition/1',
    partitionState({
      partition: 1,
      accounting: [accountingRow(), accountingRow({ input: 'zipkin_spans', received: 7 })],
    }),
  );
  const views = await opened(stream);
  const twice = {
    provider: 'mesh-a',
    input: 'otlp_logs',
    received: 2020,
    bins: { counted: 1996, excluded: 10, duplicate: 6, late: 2, dead_lettered: 6 },
    reasons: { excluded: { client_abort: 10 }, dead_lettered: { wrong_field_count: 6 } },
  };
  expect(views.accounting()).toMatchObject([twice, { input: 'zipkin_spans', received: 7 }]);
  expect(views.accounting()).toMatchObject([twice, { received: 7 }]); // asking changes nothing
});

test('services that are gone leave memory when their partition reports', async () => {
  const stream = streamFixture();
  const views = await opened(stream);
  const quiet = serviceState({ lastSeen: NOW - 4_000_000, windows: NO_WINDOWS });
  await stream.put('state', 'reviews.shop', quiet);
  await stream.settled();
  expect(views.services()).toEqual([]);
  await stream.put('state', '@partition/0', partitionState());
  await stream.put('state', 'reviews.shop', serviceState({ sequence: [1, 0] }));
  await stream.settled();
  expect(views.services()).toHaveLength(1);
});

test('dead letters are read from the stream when asked for, newest first over all partitions', async () => {
  const stream = streamFixture(2);
  const views = await opened(stream);
  expect(await views.deadLetters(100)).toEqual([]);
  for (let i = 0; i < 40; i++) {
    await stream.put('dead-letters', null, deadLetter({ sample: String(i) }), i % 2);
  }
  await stream.put('dead-letters', null, 'no sample');
  const read = await views.deadLetters(6);
  expect(read.map(({ sample }) => sample)).toEqual(['39', '38', '37', '36', '35']);
  const [newest] = read;
  expect(newest).toEqual(deadLetter({ sample: '39' }));
  expect(await views.deadLetters(100)).toHaveLength(40);
});

test('closing ends the feed and stops following', async () => {
  const stream = streamFixture();
  const views = await opened(stream);
  const closed = vi.fn();
  views.subscribe({ changed: () => {}, closed });
  await views.close();
  expect(closed).toHaveBeenCalledTimes(1);
  await expect(stream.settled()).rejects.toThrow('stopped');
  views.subscribe({ changed: () => {}, closed });
  expect(closed).toHaveBeenCalledTimes(2);
  expect(views.failure()).toBe(null);
});

test('a stream that cannot be followed fails the opening, and what was followed is let go', async () => {
  const { source } = streamFixture();
  const stop = vi.fn(async () => {});
  const follow: RecordSource['follow'] = async (topic) => {
    if (topic === 'alerts') throw new Error('no such topic');
    return { caughtUp: async () => {}, stop };
  };
  const opening = openViews({ source: { ...source, follow }, log: noLog });
  await expect(opening).rejects.toThrow('no such topic');
  expect(stop).toHaveBeenCalledTimes(2);
});

test('when reading fails for good the views say so, once, and are no longer ready', async () => {
  const { source } = streamFixture();
  const fail: ((error: unknown) => void)[] = [];
  const follow: RecordSource['follow'] = (topic, from, onRecords, onFailed) => {
    fail.push(onFailed!);
    return source.follow(topic, from, onRecords, onFailed);
  };
  const onFailed = vi.fn();
  const views = await openViews({ source: { ...source, follow }, log: noLog, onFailed });
  await views.caughtUp();
  const broken = new Error('disk gone');
  fail[0]!(broken);
  fail[1]!(new Error('gone for this topic too'));
  expect(views.ready()).toBe(false);
  expect(views.failure()).toBe(broken);
  expect(onFailed.mock.calls).toEqual([[broken]]);
});
