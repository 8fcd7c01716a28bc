import { expect, test } from 'vitest';
import { MAX_SERVICES, viewsExposition } from '../../src/api/exposition.ts';
import { noLog } from '../../src/telemetry/log.ts';
import { openViews } from '../../src/views/open.ts';
import {
  accountingRow,
  breaker,
  NO_WINDOWS,
  partitionState,
  serviceState,
} from '../views/published-records.ts';
import { streamFixture } from '../views/stream-fixture.ts';
import { parseExposition } from './exposition-parser.ts';
import { apiOver, partition, state } from './harness.ts';

async function scrape(app: Awaited<ReturnType<typeof apiOver>>['app']) {
  const response = await app.request('/metrics');
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  return parseExposition(await response.text());
}

test('has the accounting by provider and input, summed over partitions', async () => {
  const { app } = await apiOver([
    partition(partitionState()),
    partition(
      partitionState({ partition: 1, accounting: [accountingRow({ provider: 'b"\\\n' })] }),
    ),
    partition(partitionState({ partition: 2 })),
  ]);
  const { samples, types } = await scrape(app);
  const expected = {
    received: [2020, 1010],
    counted: [1996, 998],
    excluded: [10, 5],
    duplicate: [6, 3],
    late: [2, 1],
    dead_lettered: [6, 3],
  };
  for (const [bin, [a, b]] of Object.entries(expected)) {
    const name = `meshpulse_events_${bin}_total`;
    expect(types.get(name)).toBe('counter');
    expect(samples.get(name)).toEqual([
      { labels: { provider: 'b"\\\n', input: 'otlp_logs' }, value: b },
      { labels: { provider: 'mesh-a', input: 'otlp_logs' }, value: a },
    ]);
  }
});

test('says why records were excluded and dead-lettered', async () => {
  const reasons = { excluded: { client_abort: 4, denied: 1 }, dead_lettered: { bad_number: 3 } };
  const { app } = await apiOver([
    partition(partitionState({ accounting: [accountingRow({ reasons })] })),
    partition(partitionState({ partition: 1, accounting: [accountingRow({ reasons })] })),
  ]);
  const { samples } = await scrape(app);
  const labels = { provider: 'mesh-a', input: 'otlp_logs' };
  expect(samples.get('meshpulse_events_excluded_by_reason_total')).toEqual([
    { labels: { ...labels, reason: 'client_abort' }, value: 8 },
    { labels: { ...labels, reason: 'denied' }, value: 2 },
  ]);
  expect(samples.get('meshpulse_events_dead_lettered_by_reason_total')).toEqual([
    { labels: { ...labels, reason: 'bad_number' }, value: 6 },
  ]);
});

test('has success rate, p99 in seconds and breaker state per service, and the watermark', async () => {
  const observed = { key: 'observed:*:reviews.shop:*', basis: 'observed' } as const;
  const { app } = await apiOver([
    state(
      serviceState({
        breakers: [breaker({ state: 'OPEN' }), breaker({ ...observed, state: 'HALF_OPEN' })],
      }),
    ),
    partition(partitionState()),
  ]);
  const { samples, types } = await scrape(app);
  const labels = { service: 'reviews.shop' };
  expect(samples.get('meshpulse_service_success_rate')).toEqual([{ labels, value: 0.99 }]);
  expect(samples.get('meshpulse_service_p99_latency_seconds')).toEqual([{ labels, value: 0.6282 }]);
  expect(samples.get('meshpulse_breaker_state')).toEqual([
    { labels: { ...labels, basis: 'inferred' }, value: 1 },
    { labels: { ...labels, basis: 'observed' }, value: 2 },
  ]);
  expect(samples.get('meshpulse_watermark_seconds')).toEqual([
    { labels: {}, value: 1767323045.678 },
  ]);
  expect(types.get('meshpulse_breaker_state')).toBe('gauge');
});

test('what is not known has no sample, not even NaN', async () => {
  const { app } = await apiOver([state(serviceState({ windows: NO_WINDOWS, breakers: [] }))]);
  const { samples } = await scrape(app);
  for (const name of ['service_success_rate', 'service_p99_latency_seconds', 'breaker_state']) {
    expect(samples.has(`meshpulse_${name}`)).toBe(false);
  }
  expect(samples.has('meshpulse_watermark_seconds')).toBe(false);
  expect(samples.has('meshpulse_events_received_total')).toBe(false);
});

test("has this process's own counters, and says which records the views skipped", async () => {
  const { app, metrics, stream } = await apiOver([]);
  metrics.counter('meshpulse_test_total', 'A test.').inc({ a: 'b' }, 3);
  await stream.put('state', 'x', { service: 'x' });
  await stream.settled();
  const { samples } = await scrape(app);
  expect(samples.get('meshpulse_test_total')).toEqual([{ labels: { a: 'b' }, value: 3 }]);
  expect(samples.get('meshpulse_view_records_skipped_total')).toEqual([
    { labels: { topic: 'state' }, value: 1 },
  ]);
});

test('series are bounded, and how many services have none is a series of its own', async () => {
  const stream = streamFixture();
  const views = await openViews({ source: stream.source, log: noLog });
  for (let i = 0; i < MAX_SERVICES + 5; i++) {
    const service = `s${String(i).padStart(5, '0')}`;
    await stream.put('state', service, serviceState({ service, callers: [], breakers: [] }));
  }
  await stream.settled();
  const { samples } = parseExposition(viewsExposition(views));
  expect(samples.get('meshpulse_service_success_rate')).toHaveLength(MAX_SERVICES);
  expect(samples.get('meshpulse_services_left_out')).toEqual([{ labels: {}, value: 5 }]);
  await views.close();
});
