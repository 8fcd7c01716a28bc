import { expect, test } from 'vitest';
import { alertList } from '../../src/api/schemas/alert.ts';
import { breakerList, transitionList } from '../../src/api/schemas/breaker.ts';
import { dependencyList } from '../../src/api/schemas/dependency.ts';
import { service, serviceList } from '../../src/api/schemas/service.ts';
import { alertKey } from '../../src/model/alert.ts';
import { breakerKey } from '../../src/model/breaker.ts';
import { OTHER, UNKNOWN } from '../../src/model/state.ts';
import {
  alert,
  breaker,
  dependency,
  serviceState,
  transition,
} from '../views/published-records.ts';
import { alerted, apiOver, moved, state } from './harness.ts';

/** All that the aggregate publishes of a called service, with one caller that is known and one that is not. */
function published(destination: string) {
  const rollup = {
    basis: 'inferred',
    source: null,
    destination,
    subset: null,
    rollup: true,
  } as const;
  const one = { ...rollup, rollup: false };
  const opened = transition({ ...rollup, key: breakerKey(rollup) });
  return [
    state(
      serviceState({
        service: destination,
        callers: [
          dependency({ destination }),
          dependency({ destination, source: null }),
          dependency({ destination, source: OTHER }),
        ],
        breakers: [
          breaker({ ...rollup, key: breakerKey(rollup) }),
          breaker({ ...one, key: breakerKey(one) }),
        ],
      }),
    ),
    moved(opened),
    moved(transition({ ...one, key: breakerKey(one), sequence: [101, 5] })),
    alerted(
      alert({
        key: alertKey('breaker_open', destination, 'inferred'),
        service: destination,
        transition: opened,
        opened,
      }),
    ),
  ];
}

const opened = () => apiOver([UNKNOWN, OTHER, 'reviews.shop'].flatMap(published));
const none = expect.not.objectContaining({ service: expect.anything() });

test('what no record names is null with a reason in the list, never a name', async () => {
  const { get } = await opened();
  const { body } = await get('/api/v1/services');
  expect(serviceList.parse(body)).toEqual(body);
  expect(body.services).toMatchObject([
    { service: OTHER, null_reasons: none },
    { service: null, null_reasons: { service: 'not_known' }, breaker: { destination: null } },
    { service: 'reviews.shop', null_reasons: none },
  ]);
});

test('a page ends and begins at it as at any other', async () => {
  const { get } = await opened();
  const seen: unknown[] = [];
  for (let cursor = ''; ; ) {
    const { body } = await get(`/api/v1/services?limit=1${cursor}`);
    seen.push(...body.services.map((of: { service: string | null }) => of.service));
    if (body.next_cursor === null) break;
    cursor = `&cursor=${body.next_cursor}`;
  }
  expect(seen).toEqual([OTHER, null, 'reviews.shop']);
});

test('it is asked for as @unknown', async () => {
  const { get } = await opened();
  for (const path of [`/api/v1/services/${UNKNOWN}`, '/api/v1/services/%40unknown']) {
    const { status, body } = await get(path);
    expect(status).toBe(200);
    expect(service.parse(body)).toEqual(body);
    expect(body).toMatchObject({ service: null, null_reasons: { service: 'not_known' } });
    expect(body.callers[0]).toMatchObject({
      destination: null,
      null_reasons: { destination: 'not_known' },
    });
    expect(body.callees).toEqual([]);
  }
  expect((await get(`/api/v1/services/${OTHER}`)).body.service).toBe(OTHER);
});

test('of dependencies either end may be not known', async () => {
  const { get } = await opened();
  const of = async (search: string) => {
    const { body } = await get(`/api/v1/dependencies?${search}`);
    expect(dependencyList.parse(body)).toEqual(body);
    return body.dependencies;
  };
  expect(await of(`destination=${UNKNOWN}`)).toMatchObject([
    { source: null, destination: null },
    { source: OTHER, destination: null },
    { source: 'frontend.shop', destination: null },
  ]);
  const unknown = { source: 'not_known', destination: 'not_known' };
  expect((await of(`source=${UNKNOWN}`)).map((one: object) => one)).toMatchObject([
    { source: null, destination: OTHER, null_reasons: { source: 'not_known' } },
    { source: null, destination: null, null_reasons: unknown },
    { source: null, destination: 'reviews.shop', null_reasons: { source: 'not_known' } },
  ]);
});

test('its breakers, what they did and its alerts say so too', async () => {
  const { get } = await opened();
  const breakers = (await get(`/api/v1/breakers?service=${UNKNOWN}`)).body;
  expect(breakerList.parse(breakers)).toEqual(breakers);
  expect(breakers.breakers).toMatchObject([
    {
      key: 'inferred:*:@unknown:*',
      destination: null,
      null_reasons: { destination: 'not_known' },
    },
    { rollup: false, null_reasons: { source: 'not_known', destination: 'not_known' } },
  ]);
  const key = encodeURIComponent('inferred:*:@unknown:*');
  const transitions = (await get(`/api/v1/breakers/${key}/transitions`)).body;
  expect(transitionList.parse(transitions)).toEqual(transitions);
  expect(transitions.transitions).toMatchObject([
    { source: null, destination: null, null_reasons: { destination: 'not_known' } },
  ]);
  const alerts = (await get(`/api/v1/alerts?service=${UNKNOWN}`)).body;
  expect(alertList.parse(alerts)).toEqual(alerts);
  expect(alerts.alerts).toMatchObject([
    { service: null, null_reasons: { service: 'not_known' }, opened: { destination: null } },
  ]);
});

test('its series carry the name that it is asked for with: an empty label would be none', async () => {
  const { app } = await opened();
  const metrics = await (await app.request('/metrics')).text();
  expect(metrics).toContain('meshpulse_service_success_rate{service="@unknown"} 0.99');
  expect(metrics).toContain('meshpulse_breaker_state{service="@unknown",basis="inferred"} 1');
});
