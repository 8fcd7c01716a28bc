import { expect, test } from 'vitest';
import { notReady, type Parts } from '../../src/cli/readiness.ts';

const fine: Parts = {
  roles: ['notify'],
  stream: { writable: true, why: null },
  silences: [],
  aggregate: null,
  notifier: { status: () => ({ active: true, standby: false, failed: null, receivers: [] }) },
};

test('a process whose parts all work is ready', () => {
  expect(notReady(fine)).toEqual([]);
});

test('a member that Kafka has not heard of is not ready, though it has nothing to write', () => {
  const why = 'the group has had no contact with Kafka for 15 s';
  expect(notReady({ ...fine, silences: [{ topic: 'alerts', ms: 14_700 }] })).toEqual([
    { part: 'notify', why },
  ]);
  const ready = { ready: () => true };
  const silences = [{ topic: 'requests' as const, ms: 15_200 }];
  expect(notReady({ ...fine, roles: ['aggregate'], aggregate: ready, silences })).toEqual([
    { part: 'aggregate', why },
  ]);
});

test('what cannot be written, and what has not come so far, is named with its part', () => {
  const stream = { writable: false, why: 'no brokers' };
  const parts = { ...fine, roles: ['aggregate', 'notify'] as const, stream, notifier: null };
  expect(notReady(parts)).toEqual([
    { part: 'stream', why: 'no brokers' },
    { part: 'aggregate', why: expect.stringContaining('re-reading') },
    { part: 'notify', why: 'starting' },
  ]);
});
