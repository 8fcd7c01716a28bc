import { expect, onTestFinished, test } from 'vitest';
import { partitionList } from '../../src/api/schemas/delay.ts';
import { notReady } from '../../src/api/schemas/health.ts';
import { service, serviceList } from '../../src/api/schemas/service.ts';
import { noLog } from '../../src/telemetry/log.ts';
import { openViews } from '../../src/views/open.ts';
import {
  alert,
  breaker,
  NOW,
  partitionState,
  serviceState,
  windowStats,
  windows,
} from '../views/published-records.ts';
import { streamFixture } from '../views/stream-fixture.ts';
import { parseExposition } from './exposition-parser.ts';
import { apiOver, manualTimers } from './harness.ts';

const healthy = windows({ '1m': windowStats({ successes: 1000, failures: 0, refused: 0 }) });

/** An API that has seen a record of partition 0 wait for some seconds, and nothing of partition 1. */
async function delayed(seconds: number) {
  const stream = streamFixture(2);
  const timers = manualTimers();
  let now = NOW + 2_000;
  const clock = () => now;
  const states = [
    serviceState({ service: 'good.shop', windows: healthy }),
    serviceState({ service: 'some.shop' }),
    serviceState({ service: 'open.shop', breakers: [breaker({ state: 'OPEN' })] }),
  ];
  for (const state of states) await stream.put('state', state.service, state);
  const other = serviceState({ service: 'other.shop', windows: healthy });
  await stream.put('state', other.service, other, 1);
  await stream.put('state', '@partition/0', partitionState({ offset: 0 }));
  const idle = partitionState({ partition: 1, offset: 0, services: 0 });
  await stream.put('state', '@partition/1', idle, 1);
  await stream.put('alerts', 'x', alert({ service: 'open.shop' }));
  let ends: (() => Promise<number[]>) | null = null;
  const source = { ...stream.source, ends: () => ends?.() ?? stream.source.ends('requests') };
  const views = await openViews({ source, log: noLog, watch: { clock, stopwatch: clock, timers } });
  onTestFinished(() => views.close());
  await views.caughtUp();
  const pass = async (count: number) => {
    for (let i = 0; i < count; i++) {
      now += 1_000;
      await timers.advance(1_000);
    }
  };
  await pass(1);
  await stream.put('requests', null, 'a part');
  await pass(seconds);
  const folded = async () => {
    const state = partitionState({ offset: 1, sequence: [102, 0], appendTime: now });
    await stream.put('state', '@partition/0', state);
    await stream.settled();
  };
  const breaks = () => {
    ends = () => Promise.reject(new Error('no broker'));
  };
  return { ...(await apiOver([], { views, clock })), pass, folded, breaks };
}

const DELAY = { partition: 0, reason: 'not_read', seconds: 11, lag: 1 };

test('services of a delayed partition are not healthy as if that were known, and no others are delayed', async () => {
  const { get, folded } = await delayed(12);
  const { body } = await get('/api/v1/services');
  expect(serviceList.parse(body)).toEqual(body);
  expect(body.delays).toEqual([DELAY]);
  const healthOf = (of: typeof body) =>
    of.services.map((one: { service: string; health: string; delay: unknown }) => [
      one.service,
      one.health,
      one.delay,
    ]);
  expect(healthOf(body)).toEqual([
    ['good.shop', 'delayed', DELAY],
    // What was failing when it was last heard of is still the best that is known.
    ['open.shop', 'failing', DELAY],
    ['other.shop', 'healthy', null],
    ['some.shop', 'delayed', DELAY],
  ]);
  const one = (await get('/api/v1/services/good.shop')).body;
  expect(service.parse(one)).toEqual(one);
  expect([one.health, one.delay]).toEqual(['delayed', DELAY]);

  await folded();
  const after = (await get('/api/v1/services')).body;
  expect(after.delays).toEqual([]);
  expect(healthOf(after)).toEqual([
    ['good.shop', 'healthy', null],
    ['open.shop', 'failing', null],
    ['other.shop', 'healthy', null],
    ['some.shop', 'degraded', null],
  ]);
});

test('every list says which partitions are delayed, and an alert that it may have changed', async () => {
  const { get } = await delayed(12);
  const key = encodeURIComponent('inferred:*:reviews.shop:*');
  const lists = ['dependencies', 'breakers', `breakers/${key}/transitions`, 'alerts', 'partitions'];
  for (const path of lists) {
    expect((await get(`/api/v1/${path}`)).body.delays, path).toEqual([DELAY]);
  }
  expect((await get('/api/v1/alerts')).body.alerts[0].delay).toEqual(DELAY);
});

test('partitions are listed with their watermark, its age and what waits', async () => {
  const { get } = await delayed(12);
  const { status, body } = await get('/api/v1/partitions');
  expect([status, partitionList.parse(body)]).toEqual([200, body]);
  expect(body.partitions).toEqual([
    {
      partition: 0,
      as_of: '2026-01-02T03:04:05.678Z',
      age_seconds: 15,
      appended_at: '2026-01-02T03:04:07.678Z',
      offset: 0,
      lag: 1,
      services: 1,
      dependencies: 1,
      delay: DELAY,
      null_reasons: {},
    },
    expect.objectContaining({ partition: 1, lag: 0, delay: null, services: 0 }),
  ]);
});

test('while the stream does not answer, the answers go on and say so, and the process is not ready', async () => {
  const { get, pass, breaks } = await delayed(1);
  expect((await get('/readyz')).status).toBe(200);
  breaks();
  await pass(12);
  const { status, body } = await get('/readyz');
  expect([status, notReady.parse(body)]).toEqual([
    503,
    {
      status: 'not_ready',
      missing: [
        {
          part: 'views',
          why: 'the stream says nothing of partition 0, 1 since 12 s: answers are from before',
        },
      ],
    },
  ]);
  const list = await get('/api/v1/partitions');
  expect(list.status).toBe(200);
  expect(list.body.delays[1]).toEqual({
    partition: 1,
    reason: 'stream_unavailable',
    seconds: 12,
    lag: null,
  });
  expect(list.body.partitions[1].null_reasons).toEqual({ lag: 'not_known' });
});

test('/metrics has lag, watermark and delay of each partition; a lag that is not known has no sample', async () => {
  const { app, pass, breaks } = await delayed(12);
  const scrape = async (name: string) => {
    const { samples } = parseExposition(await (await app.request('/metrics')).text());
    return samples
      .get(`meshpulse_partition_${name}`)
      ?.map(({ labels, value }) => [labels.partition, value]);
  };
  expect(await scrape('lag_records')).toEqual([
    ['0', 1],
    ['1', 0],
  ]);
  expect(await scrape('delay_seconds')).toEqual([
    ['0', 11],
    ['1', 0],
  ]);
  expect(await scrape('watermark_seconds')).toEqual([
    ['0', NOW / 1000],
    ['1', NOW / 1000],
  ]);
  breaks();
  await pass(6);
  expect(await scrape('lag_records')).toBe(undefined);
});

test('an event stream gets a fresh snapshot when partitions become delayed, after what came before', async () => {
  const { app, pass } = await delayed(1);
  const reader = (await app.request('/api/v1/stream')).body!.getReader();
  const next = async () => new TextDecoder().decode((await reader.read()).value);
  const snapshot = (frame: string) => JSON.parse(/data: (.*)/.exec(frame)![1]!);
  expect(snapshot(await next()).delays).toEqual([]);
  const coming = next();
  await pass(9);
  const frame = await coming;
  expect(frame).toContain('event: snapshot');
  expect(snapshot(frame)).toMatchObject({
    dropped: 0,
    delays: [{ partition: 0, reason: 'not_read' }],
    services: [{ health: 'delayed' }, { health: 'failing' }, { health: 'healthy' }, {}],
  });
  await reader.cancel();
});

test('roles that stand by are ready, and named', async () => {
  const { get } = await apiOver([], { standby: () => ['notify'] });
  const { status, body } = await get('/readyz');
  expect([status, body]).toEqual([200, { status: 'ready', standby: ['notify'] }]);
});
