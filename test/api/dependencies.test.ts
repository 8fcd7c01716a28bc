import { expect, test } from 'vitest';
import { dependencyList } from '../../src/api/schemas/dependency.ts';
import { breaker, dependency, serviceState } from '../views/published-records.ts';
import { apiOver, state } from './harness.ts';

const called = (service: string, sources: (string | null)[]) =>
  state(
    serviceState({
      service,
      breakers: [
        breaker({ key: `inferred:*:${service}:*`, destination: service }),
        ...sources.map((source) =>
          breaker({
            key: `inferred:${source ?? '-'}:${service}:-`,
            source,
            destination: service,
            rollup: false,
          }),
        ),
      ],
      callers: sources.map((source) => dependency({ source, destination: service })),
    }),
  );
const pairs = (body: { dependencies: { source: string | null; destination: string }[] }) =>
  body.dependencies.map(({ source, destination }) => [source, destination]);

test('lists every caller of every service with its windows and its own breakers', async () => {
  const { get } = await apiOver([called('b.shop', ['y', null]), called('a.shop', ['x'])]);
  const { status, body } = await get('/api/v1/dependencies');
  expect(status).toBe(200);
  expect(dependencyList.parse(body)).toEqual(body);
  expect(pairs(body)).toEqual([
    ['x', 'a.shop'],
    [null, 'b.shop'],
    ['y', 'b.shop'],
  ]);
  expect(body.dependencies[1]).toMatchObject({
    source: null,
    as_of: '2026-01-02T03:04:05.678Z',
    first_seen: '2026-01-02T01:04:05.678Z',
    last_seen: '2026-01-02T03:04:05.178Z',
    success_rate: 0.99,
    p99_latency: 628.2,
    requests_per_second: 16.667,
    null_reasons: { source: 'not_known' },
    windows: { '10s': { requests: 1000 } },
    breakers: [{ key: 'inferred:-:b.shop:-', null_reasons: { source: 'not_known' } }],
  });
});

test('measures a caller that is younger than a minute over its own time, not over its service', async () => {
  const fifteen = serviceState().asOf - 15_000;
  const callers = [dependency({ firstSeen: fifteen }), dependency({ source: 'old.shop' })];
  const { get } = await apiOver([state(serviceState({ callers }))]);
  const { body } = await get('/api/v1/dependencies');
  const rates = body.dependencies.map(
    (of: { source: string; requests_per_second: number }) => of.requests_per_second,
  );
  expect(rates).toEqual([66.667, 16.667]);
});

test('takes one caller, one called service or one namespace when asked', async () => {
  const { get } = await apiOver([called('b.shop', ['y', 'x']), called('a.bank', ['x'])]);
  const of = async (search: string) => pairs((await get(`/api/v1/dependencies?${search}`)).body);
  expect(await of('source=x')).toEqual([
    ['x', 'a.bank'],
    ['x', 'b.shop'],
  ]);
  expect(await of('destination=b.shop&source=y')).toEqual([['y', 'b.shop']]);
  expect(await of('namespace=bank')).toEqual([['x', 'a.bank']]);
  expect(await of('source=nobody')).toEqual([]);
});

test('gives every dependency once over its pages', async () => {
  const { get } = await apiOver([called('b', [null, 'x', 'y']), called('b2', ['x'])]);
  const seen: unknown[] = [];
  let cursor = '';
  for (let pages = 0; pages < 10; pages++) {
    const { body } = await get(`/api/v1/dependencies?limit=1${cursor}`);
    seen.push(...pairs(body));
    if (body.next_cursor === null) break;
    cursor = `&cursor=${body.next_cursor}`;
  }
  expect(seen).toEqual([
    [null, 'b'],
    ['x', 'b'],
    ['y', 'b'],
    ['x', 'b2'],
  ]);
});

test('refuses a parameter it does not have', async () => {
  const { get } = await apiOver([]);
  const { status, body } = await get('/api/v1/dependencies?target=x');
  expect([status, body.error.code]).toEqual([400, 'invalid_request']);
});
