import { describe, expect, test } from 'vitest';
import { breakerList, transitionList } from '../../src/api/schemas/breaker.ts';
import { breaker, NOW, serviceState, transition } from '../views/published-records.ts';
import { apiOver, moved, state } from './harness.ts';

const keys = (body: { breakers: { key: string }[] }) => body.breakers.map(({ key }) => key);
const path = (key: string, search = '') =>
  `/api/v1/breakers/${encodeURIComponent(key)}/transitions${search}`;

describe('GET /api/v1/breakers', () => {
  const reviews = serviceState({
    breakers: [
      breaker({ state: 'OPEN', since: NOW, sequence: [90, 0], nextProbeAt: NOW + 30_000 }),
      breaker({ key: 'observed:*:reviews.shop:*', basis: 'observed', state: 'HALF_OPEN' }),
    ],
  });
  const ratings = serviceState({
    service: 'ratings.shop',
    breakers: [breaker({ key: 'inferred:*:ratings.shop:*', destination: 'ratings.shop' })],
  });
  const entries = [
    state(reviews),
    state(ratings),
    moved(transition({ sequence: [90, 0], reason: 'probes_failed' })),
  ];

  test('lists every breaker by key, with why it is as it is', async () => {
    const { get } = await apiOver(entries);
    const { status, body } = await get('/api/v1/breakers');
    expect(status).toBe(200);
    expect(breakerList.parse(body)).toEqual(body);
    expect(keys(body)).toEqual([
      'inferred:*:ratings.shop:*',
      'inferred:*:reviews.shop:*',
      'observed:*:reviews.shop:*',
    ]);
    expect(body.breakers[1]).toEqual({
      key: 'inferred:*:reviews.shop:*',
      basis: 'inferred',
      source: null,
      destination: 'reviews.shop',
      subset: null,
      rollup: true,
      state: 'OPEN',
      since: '2026-01-02T03:04:05.678Z',
      reason: 'probes_failed',
      sequence: [90, 0],
      failure_rate: 0.01,
      calls: 170,
      failed: 2,
      not_permitted: 0,
      attempt: 0,
      next_probe_at: '2026-01-02T03:04:35.678Z',
      stale: false,
      null_reasons: {},
    });
  });

  test.each([
    ['state=OPEN', ['inferred:*:reviews.shop:*']],
    ['state=HALF_OPEN', ['observed:*:reviews.shop:*']],
    ['state=HALF-OPEN', ['observed:*:reviews.shop:*']],
    ['service=ratings.shop', ['inferred:*:ratings.shop:*']],
    ['basis=observed', ['observed:*:reviews.shop:*']],
    ['basis=inferred&state=CLOSED', ['inferred:*:ratings.shop:*']],
    ['service=nobody', []],
  ])('takes those asked for with %s', async (search, expected) => {
    const { get } = await apiOver(entries);
    expect(keys((await get(`/api/v1/breakers?${search}`)).body)).toEqual(expected);
  });

  test('gives every breaker once over its pages', async () => {
    const { get } = await apiOver(entries);
    const first = (await get('/api/v1/breakers?limit=2')).body;
    const second = (await get(`/api/v1/breakers?limit=2&cursor=${first.next_cursor}`)).body;
    expect([...keys(first), ...keys(second)]).toHaveLength(3);
    expect(second.next_cursor).toBe(null);
  });

  test.each([
    ['state=AJAR', 'parameter state: found "AJAR", allowed: CLOSED, OPEN, HALF_OPEN, HALF-OPEN'],
    ['basis=guessed', 'parameter basis: found "guessed", allowed: inferred, observed, reported'],
    ['state=', 'parameter state: found "", allowed: CLOSED'],
  ])('refuses %s and says what is allowed', async (search, expected) => {
    const { get } = await apiOver(entries);
    const { status, body } = await get(`/api/v1/breakers?${search}`);
    expect([status, body.error.code]).toEqual([400, 'invalid_request']);
    expect(body.error.message).toContain(expected);
  });
});

describe('GET /api/v1/breakers/{key}/transitions', () => {
  const key = 'inferred:*:reviews.shop:*';
  const chain = [
    transition({ sequence: [10, 0], at: NOW }),
    transition({
      sequence: [20, 0],
      previous: [10, 0],
      from: 'OPEN',
      to: 'HALF_OPEN',
      reason: 'wait_elapsed',
      at: NOW + 30_000,
      causedBy: null,
    }),
    transition({ sequence: [30, 0], at: NOW + 31_000, from: 'HALF_OPEN', to: 'CLOSED' }),
  ];
  const offsets = (body: { transitions: { sequence: number[] }[] }) =>
    body.transitions.map(({ sequence }) => sequence[0]);

  test('tells what a breaker did, oldest first, once each', async () => {
    const { get } = await apiOver([...chain, ...chain].reverse().map(moved));
    const { status, body } = await get(path(key));
    expect(status).toBe(200);
    expect(transitionList.parse(body)).toEqual(body);
    expect(offsets(body)).toEqual([10, 20, 30]);
    expect(body.key).toBe(key);
    expect(body.transitions[0]).toEqual({
      key,
      sequence: [10, 0],
      previous: null,
      basis: 'inferred',
      source: null,
      destination: 'reviews.shop',
      subset: null,
      rollup: true,
      from: 'CLOSED',
      to: 'OPEN',
      reason: 'failure_rate_exceeded',
      at: '2026-01-02T03:04:05.678Z',
      observed_at: '2026-01-02T03:04:07.778Z',
      failure_rate: 0.62,
      slow_rate: null,
      calls: 50,
      failed: 31,
      not_permitted: 0,
      window_seconds: 10,
      attempt: 1,
      next_probe_at: '2026-01-02T03:04:35.678Z',
      dependencies_open: 1,
      dependencies: 2,
      caused_by: { source: 'frontend.shop', subset: 'v1' },
      null_reasons: {},
    });
    expect(body.transitions[1]).toMatchObject({ previous: [10, 0], caused_by: null });
  });

  test('reads on from a cursor and from an instant, in any offset from UTC', async () => {
    const { get } = await apiOver(chain.map(moved));
    const first = (await get(path(key, '?limit=2'))).body;
    expect(offsets(first)).toEqual([10, 20]);
    const second = (await get(path(key, `?limit=2&cursor=${first.next_cursor}`))).body;
    expect(offsets(second)).toEqual([30]);
    expect(second.next_cursor).toBe(null);
    const since = async (instant: string) =>
      offsets((await get(path(key, `?since=${encodeURIComponent(instant)}`))).body);
    expect(await since('2026-01-02T03:04:35.678Z')).toEqual([20, 30]);
    expect(await since('2026-01-02T04:04:35.679+01:00')).toEqual([30]);
    expect(await since('2027-01-01T00:00:00Z')).toEqual([]);
  });

  test('is empty for a breaker that never moved and 404 for one that is not there', async () => {
    const { get } = await apiOver([state(serviceState())]);
    const never = await get(path(key));
    expect([never.status, never.body.transitions]).toEqual([200, []]);
    const none = await get(path('inferred:*:nobody:*'));
    expect([none.status, none.body.error.code]).toEqual([404, 'breaker_not_found']);
  });

  test('refuses what is no instant', async () => {
    const { get } = await apiOver([state(serviceState())]);
    const { status, body } = await get(path(key, '?since=yesterday'));
    expect([status, body.error.code]).toEqual([400, 'invalid_request']);
    expect(body.error.message).toContain('since');
  });
});
