import { expect, test } from 'vitest';
import { alertList } from '../../src/api/schemas/alert.ts';
import { alert, NOW, notification } from '../views/published-records.ts';
import { alerted, apiOver, told } from './harness.ts';

const other = alert({
  key: 'breaker_open/ratings.shop/inferred',
  service: 'ratings.shop',
  sequence: [50, 0],
});
const over = alert({ sequence: [120, 0], status: 'resolved', endsAt: NOW + 60_000 });
const entries = [alerted(other), alerted(alert()), alerted(over), told(notification())];
const seen = (body: { alerts: { service: string; status: string }[] }) =>
  body.alerts.map(({ service, status }) => `${service} ${status}`);

test('lists the newest state of every alert, what changed last first, and who was told', async () => {
  const { get } = await apiOver(entries);
  const { status, body } = await get('/api/v1/alerts');
  expect(status).toBe(200);
  expect(alertList.parse(body)).toEqual(body);
  expect(seen(body)).toEqual(['reviews.shop resolved', 'ratings.shop firing']);
  expect(body.alerts[0]).toMatchObject({
    key: 'breaker_open/reviews.shop/inferred',
    sequence: [120, 0],
    rule: 'breaker_open',
    starts_at: '2026-01-02T03:04:05.678Z',
    ends_at: '2026-01-02T03:05:05.678Z',
    transition: { to: 'OPEN' },
    opened: { reason: 'failure_rate_exceeded' },
    notifications: [
      {
        receiver: 'slack',
        status: 'firing',
        sequence: [101, 1],
        sent_at: '2026-01-02T03:04:08.378Z',
        attempts: 1,
      },
    ],
  });
  expect(body.alerts[1]).toMatchObject({ ends_at: null, notifications: [] });
});

test.each([
  ['status=firing', ['ratings.shop firing']],
  ['status=resolved', ['reviews.shop resolved']],
  ['service=ratings.shop', ['ratings.shop firing']],
  ['limit=1', ['reviews.shop resolved']],
  ['history=true&service=reviews.shop', ['reviews.shop resolved', 'reviews.shop firing']],
])('takes those asked for with %s', async (search, expected) => {
  const { get } = await apiOver(entries);
  expect(seen((await get(`/api/v1/alerts?${search}`)).body)).toEqual(expected);
});

test.each(['status=pending', 'history=yes', 'limit=-1'])('refuses %s', async (search) => {
  const { get } = await apiOver(entries);
  const { status, body } = await get(`/api/v1/alerts?${search}`);
  expect([status, body.error.code]).toEqual([400, 'invalid_request']);
});
