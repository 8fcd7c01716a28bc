import { expect, test } from 'vitest';
import type { Alert } from '../../../src/model/alert.ts';
import { slackMessage } from '../../../src/notify/slack/message.ts';
import { incident } from '../../notify/alerts.ts';
import { readMessage, sayingsOf } from './told.ts';

const [open, closed] = incident('ratings.shop', 1, 400);
const publicUrl = 'https://mesh.example';
const known = ({ service, status }: Alert, says: string | null) => ({ service, status, says });

test.each([
  ['an opening', open],
  ['a close', closed],
])('a message of %s alone says all of it', (_, alert) => {
  const [alone, among] = sayingsOf(alert, publicUrl);
  expect(readMessage(slackMessage({ alerts: [alert], publicUrl }))).toEqual([known(alert, alone!)]);
  expect(alone).not.toBe(among);
});

test('a message of several says much of the first ones, and of the others only their state', () => {
  const services = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
  const alerts = services.map((name, i) => incident(`${name}.shop`, 10, 20 + i)[i % 2]!);
  expect(readMessage(slackMessage({ alerts, publicUrl }))).toEqual(
    alerts.map((alert, i) => known(alert, i < 5 ? sayingsOf(alert, publicUrl)[1]! : null)),
  );
});
