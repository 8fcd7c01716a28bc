import { describe, expect, test } from 'vitest';
import { service, serviceList } from '../../src/api/schemas/service.ts';
import {
  breaker,
  dependency,
  type EMPTY,
  NO_WINDOWS,
  NOW,
  partitionState,
  serviceState,
  transition,
  windowStats,
  windows,
} from '../views/published-records.ts';
import { apiOver, moved, partition, state } from './harness.ts';

const named = (service: string) => state(serviceState({ service, callers: [], breakers: [] }));

describe('GET /api/v1/services', () => {
  test('has the names that clients rely on', async () => {
    const { get } = await apiOver([state(serviceState()), partition(partitionState())]);
    const { status, body } = await get('/api/v1/services');
    expect(status).toBe(200);
    expect(serviceList.parse(body)).toEqual(body);
    expect(body.as_of).toBe('2026-01-02T03:04:05.678Z');
    const [first] = body.services;
    expect(first).toMatchObject({
      service: 'reviews.shop',
      as_of: '2026-01-02T03:04:05.678Z',
      success_rate: 0.99,
      p99_latency: 628.2,
      p99_window: '10s',
      circuit_breaker_health: 'CLOSED',
      requests_per_second: 16.667,
      health: 'degraded',
      null_reasons: {},
    });
    expect(Object.keys(first.windows)).toEqual(['10s', '1m', '5m', '1h']);
    for (const window of Object.values(first.windows)) {
      expect(window).toEqual({
        requests: 1000,
        successes: 990,
        failures: 8,
        refused: 2,
        excluded: 0,
        success_rate: 0.99,
        p50_latency: 20.7,
        p90_latency: 45.1,
        p95_latency: 101.5,
        p99_latency: 628.2,
        latency_samples: 998,
        reporter: 'source',
        null_reasons: {},
        blind: false,
      });
    }
  });

  test('says why what it does not know is null', async () => {
    const few = windowStats({ p99_latency: null, null_reasons: { latency: 'too_few_requests' } });
    const { get } = await apiOver([
      state(serviceState({ service: 'a', windows: NO_WINDOWS, breakers: [] })),
      state(serviceState({ service: 'b', windows: windows({ '10s': few, '1m': few }) })),
    ]);
    const { body } = await get('/api/v1/services');
    expect(body.as_of).toBe(null);
    const [a, b] = body.services;
    expect(a).toMatchObject({
      success_rate: null,
      p99_latency: null,
      p99_window: null,
      circuit_breaker_health: null,
      breaker: null,
      breakers: [],
      health: 'unknown',
      requests_per_second: 0,
      null_reasons: {
        success_rate: 'no_requests',
        p99_latency: 'no_requests',
        p99_window: 'no_requests',
        circuit_breaker_health: 'no_breaker',
        breaker: 'no_breaker',
      },
    });
    expect(a.windows['1m'].null_reasons).toEqual({
      success_rate: 'no_requests',
      latency: 'no_requests',
    });
    expect(b).toMatchObject({
      p99_latency: null,
      p99_window: '5m',
      null_reasons: { p99_latency: 'too_few_requests' },
    });
    expect(b.windows['5m'].p99_latency).toBe(628.2);
  });

  test('shows the worst roll-up, hyphenated, and never takes a single dependency for one', async () => {
    const of = (basis: 'inferred' | 'observed', over: object) =>
      breaker({ key: `${basis}:*:reviews.shop:*`, basis, ...over });
    const one = breaker({ key: 'inferred:a:reviews.shop:-', rollup: false, state: 'OPEN' });
    const half = of('observed', { state: 'HALF_OPEN', failureRate: null });
    const { get, put } = await apiOver([
      state(serviceState({ breakers: [one, of('inferred', {}), half] })),
    ]);
    const [first] = (await get('/api/v1/services')).body.services;
    expect(first.circuit_breaker_health).toBe('HALF-OPEN');
    expect(first.breaker).toMatchObject({
      basis: 'observed',
      state: 'HALF_OPEN',
      failure_rate: null,
      null_reasons: { failure_rate: 'not_defined' },
    });
    expect(first.breakers.map(({ key }: { key: string }) => key)).toEqual([
      'inferred:*:reviews.shop:*',
      'observed:*:reviews.shop:*',
    ]);
    await put(moved(transition({ sequence: [101, 0] })));
    const [second] = (await get('/api/v1/services')).body.services;
    expect(second).toMatchObject({
      circuit_breaker_health: 'OPEN',
      health: 'failing',
      breaker: { basis: 'inferred', state: 'OPEN', reason: 'failure_rate_exceeded' },
    });
  });

  test('measures the rate of a service seen for less than a minute over that time', async () => {
    const minute = windows({ '1m': windowStats({ requests: 30 }) });
    const { get } = await apiOver([
      state(serviceState({ service: 'a', firstSeen: NOW - 10_000, windows: minute })),
      state(serviceState({ service: 'b', firstSeen: NOW - 200, windows: minute })),
      state(serviceState({ service: 'c', firstSeen: NOW - 90_000, windows: minute })),
    ]);
    const { body } = await get('/api/v1/services');
    const rates = body.services.map(
      (of: { requests_per_second: number }) => of.requests_per_second,
    );
    expect(rates).toEqual([3, 30, 0.5]);
  });

  test('gives every service once over its pages, though services come and go in between', async () => {
    const { get, put } = await apiOver(['d', 'b', 'a', 'e', 'c'].map(named));
    const names = (body: { services: { service: string }[] }) =>
      body.services.map((of) => of.service);
    const first = (await get('/api/v1/services?limit=2')).body;
    expect(names(first)).toEqual(['a', 'b']);
    await put(named('aa'), { topic: 'state', key: 'b', value: null });
    const second = (await get(`/api/v1/services?limit=2&cursor=${first.next_cursor}`)).body;
    expect(names(second)).toEqual(['c', 'd']);
    const third = (await get(`/api/v1/services?limit=2&cursor=${second.next_cursor}`)).body;
    expect(names(third)).toEqual(['e']);
    expect(third.next_cursor).toBe(null);
  });

  test('takes one namespace when asked', async () => {
    const { get } = await apiOver(['a.shop', 'b.shop', 'c.bookshop', 'shop'].map(named));
    const { body } = await get('/api/v1/services?namespace=shop');
    expect(body.services.map((of: { service: string }) => of.service)).toEqual([
      'a.shop',
      'b.shop',
    ]);
  });

  test.each([
    ['limit=0', 'invalid_request', 'limit'],
    [
      'limit=1001',
      'invalid_request',
      'parameter limit: found "1001", allowed: a whole number from 1 to 1000',
    ],
    ['limit=two', 'invalid_request', 'found "two", allowed: a whole number from 1 to 1000'],
    ['limit=1.5', 'invalid_request', 'found "1.5", allowed: a whole number from 1 to 1000'],
    ['limit=1&limit=2', 'invalid_request', 'limit: found "1, 2", allowed: one value'],
    [
      'limits=5',
      'invalid_request',
      'parameter limits: unknown here, allowed: limit, cursor, namespace',
    ],
    ['cursor=%21%21', 'invalid_cursor', 'cursor'],
    [
      'namespace=',
      'invalid_request',
      'parameter namespace: found "", allowed: at least one character',
    ],
    [`namespace=${'n'.repeat(254)}`, 'invalid_request', 'allowed: at most 253 characters'],
    [`limit=${'9'.repeat(5000)}x`, 'invalid_request', `found "${'9'.repeat(100)}"`],
  ])('refuses %s and names it', async (search, code, name) => {
    const { get } = await apiOver([]);
    const { status, body } = await get(`/api/v1/services?${search}`);
    expect(status).toBe(400);
    expect(body.error.code).toBe(code);
    expect(body.error.message).toContain(name);
  });
});

describe('GET /api/v1/services/{service}', () => {
  test('has subsets, clusters, failovers, callers, callees, breakers and exemplars', async () => {
    const one = breaker({
      key: 'inferred:frontend.shop:reviews.shop:v1',
      source: 'frontend.shop',
      subset: 'v1',
      rollup: false,
    });
    const calledBack = dependency({ source: 'reviews.shop', destination: 'ratings.shop' });
    const { get } = await apiOver([
      state(serviceState({ breakers: [one, breaker()] })),
      state(serviceState({ service: 'ratings.shop', callers: [calledBack], breakers: [] })),
    ]);
    const { status, body } = await get('/api/v1/services/reviews.shop');
    expect(status).toBe(200);
    expect(service.parse(body)).toEqual(body);
    expect(body.subsets).toMatchObject([
      {
        subset: 'v1',
        first_seen: '2026-01-02T01:04:05.678Z',
        last_seen: '2026-01-02T03:04:05.178Z',
      },
    ]);
    expect(body.clusters).toMatchObject([
      {
        cluster: 'east',
        first_seen: '2026-01-02T01:04:05.678Z',
        last_seen: '2026-01-02T03:04:05.178Z',
        windows: body.subsets[0].windows,
      },
    ]);
    expect(body.failovers).toEqual([
      {
        from: 'west',
        to: 'east',
        began_at: '2026-01-02T03:02:35.678Z',
        over_at: '2026-01-02T03:02:38.928Z',
        seconds: 3.25,
      },
    ]);
    expect(body.callers).toMatchObject([
      {
        source: 'frontend.shop',
        destination: 'reviews.shop',
        breakers: [{ key: 'inferred:frontend.shop:reviews.shop:v1' }],
      },
    ]);
    expect(body.callees).toMatchObject([{ source: 'reviews.shop', destination: 'ratings.shop' }]);
    expect(body.breakers.map(({ rollup }: { rollup: boolean }) => rollup)).toEqual([true, false]);
    expect(body.breakers[0]).toMatchObject({
      state: 'CLOSED',
      since: null,
      reason: null,
      null_reasons: { since: 'never_moved', reason: 'never_moved' },
    });
    expect(body.exemplars).toEqual([
      {
        at: '2026-01-02T03:04:04.778Z',
        source: 'frontend.shop',
        subset: 'v1',
        outcome: 'failure',
        reason: 'http_5xx',
        code: 503,
        latency_ms: 12.25,
        request_id: '6f9a7c1e-1f0b-4f8d-9b5e-0c8f3f6f2a11',
        trace_id: '80f198ee56343ba864fe8b2a57d3eff7',
      },
    ]);
  });

  test('says when a transition that made the state is no longer kept', async () => {
    const open = breaker({ state: 'OPEN', since: NOW, sequence: [90, 0] });
    const { get } = await apiOver([state(serviceState({ breakers: [open] }))]);
    const { body } = await get('/api/v1/services/reviews.shop');
    expect(body.breaker).toMatchObject({
      since: '2026-01-02T03:04:05.678Z',
      reason: null,
      null_reasons: { reason: 'not_kept' },
    });
  });

  test.each(['reviews/v1', 'a b', '100%', 'größe.shop', '__proto__', 'a?b#c', 'x\u0000y', '*'])(
    'finds a service named %j by its percent-encoded name',
    async (name) => {
      const { get } = await apiOver([named(name)]);
      const { status, body } = await get(`/api/v1/services/${encodeURIComponent(name)}`);
      expect(status).toBe(200);
      expect(body.service).toBe(name);
    },
  );

  test('answers 404 with its own code for a service that is unknown or gone', async () => {
    const gone = serviceState({ lastSeen: NOW - 4_000_000, windows: NO_WINDOWS });
    const { get } = await apiOver([state(gone)]);
    for (const name of ['reviews.shop', 'toString']) {
      const { status, body } = await get(`/api/v1/services/${name}`);
      expect(status).toBe(404);
      expect(body.error.code).toBe('service_not_found');
      expect(body.error.message).toContain(name);
    }
  });
});

describe('health', () => {
  const of = async (counts: Partial<typeof EMPTY>, over: object = {}) => {
    const minute = windows({ '1m': windowStats(counts) });
    const { get } = await apiOver([
      state(serviceState({ windows: minute, breakers: [breaker(over)] })),
    ]);
    return (await get('/api/v1/services/reviews.shop')).body.health;
  };

  test.each([
    ['healthy', { successes: 100, failures: 0, refused: 0, excluded: 9 }, {}],
    ['degraded', { successes: 999, failures: 1, refused: 0 }, {}],
    ['degraded', { successes: 91, failures: 4, refused: 5 }, {}],
    ['failing', { successes: 90, failures: 5, refused: 5 }, {}],
    ['failing', { successes: 100, failures: 0, refused: 0 }, { state: 'OPEN' }],
    ['failing', { successes: 0, failures: 0, refused: 0 }, { state: 'OPEN' }],
    ['degraded', { successes: 100, failures: 0, refused: 0 }, { state: 'HALF_OPEN' }],
    ['unknown', { successes: 0, failures: 0, refused: 0, excluded: 7 }, {}],
  ])('is %s for %j with a breaker %j', async (health, counts, over) => {
    expect(await of(counts, over)).toBe(health);
  });
});
