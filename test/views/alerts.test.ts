import { expect, test } from 'vitest';
import { AlertTable } from '../../src/views/alerts.ts';
import { alert, NOW, notification } from './published-records.ts';

const keys = (table: AlertTable) => table.latest().map(({ key }) => key);

test('the newest state of an alert is kept and an older one cannot bring it back', () => {
  const table = new AlertTable(10, 10);
  expect(table.apply(alert({ sequence: [1, 0] }))).toBe(true);
  expect(table.apply(alert({ sequence: [2, 0], status: 'resolved', endsAt: NOW }))).toBe(true);
  expect(table.apply(alert({ sequence: [1, 0] }))).toBe(false);
  expect(table.latest().map(({ status }) => status)).toEqual(['resolved']);
  expect(table.history().map(({ status }) => status)).toEqual(['resolved', 'firing']);
});

test('what changed last comes first', () => {
  const table = new AlertTable(10, 10);
  table.apply(alert({ key: 'a', sequence: [1, 0] }));
  table.apply(alert({ key: 'b', sequence: [2, 0] }));
  table.apply(alert({ key: 'a', sequence: [3, 0] }));
  expect(keys(table)).toEqual(['a', 'b']);
});

test('the history holds its bound, newest kept', () => {
  const table = new AlertTable(10, 2);
  for (const offset of [1, 2, 3]) table.apply(alert({ sequence: [offset, 0] }));
  expect(table.history().map(({ sequence }) => sequence[0])).toEqual([3, 2]);
});

test('a full table forgets resolved alerts before firing ones', () => {
  const table = new AlertTable(2, 10);
  table.apply(alert({ key: 'firing', sequence: [1, 0] }));
  table.apply(alert({ key: 'over', sequence: [2, 0], status: 'resolved', endsAt: NOW }));
  table.apply(alert({ key: 'new', sequence: [3, 0] }));
  expect(keys(table)).toEqual(['new', 'firing']);
  table.apply(alert({ key: 'newer', sequence: [4, 0] }));
  expect(keys(table)).toEqual(['newer', 'new']);
});

test('what one receiver was told is forgotten for itself', () => {
  const table = new AlertTable(10, 10);
  const { alertKey } = notification();
  table.notified(notification());
  table.notified(notification({ receiver: 'webhook' }));
  table.unnotified({ receiver: 'slack', alertKey });
  table.unnotified({ receiver: 'slack', alertKey: 'another' });
  expect(table.sent(alertKey).map(({ receiver }) => receiver)).toEqual(['webhook']);
});

test('each receiver has what it was last told, and never an older word', () => {
  const table = new AlertTable(10, 10);
  table.notified(notification({ sequence: [1, 0] }));
  table.notified(notification({ sequence: [2, 0], status: 'resolved' }));
  table.notified(notification({ sequence: [1, 0], attempts: 9 }));
  table.notified(notification({ receiver: 'webhook' }));
  const told = table.sent('breaker_open/reviews.shop/inferred');
  expect(told.map(({ receiver, status }) => [receiver, status])).toEqual([
    ['slack', 'resolved'],
    ['webhook', 'firing'],
  ]);
  expect(table.sent('another')).toEqual([]);
});
