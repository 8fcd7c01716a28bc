import { expect, test } from 'vitest';
import type { Alert } from '../../../src/model/alert.ts';
import { slackMessage } from '../../../src/notify/slack/message.ts';
import { incident } from '../../notify/alerts.ts';
import { readMessage } from './told.ts';

/** What every reader of Slack can know of an alert's state. */
function known({ service, status, startsAt, endsAt, transition }: Alert) {
  const ms = status === 'firing' ? startsAt : endsAt!;
  const lasted = endsAt === null ? null : Math.round((endsAt - startsAt) / 1_000);
  const second = Math.floor(ms / 1_000);
  return { service, status, second, lasted, basis: transition.basis };
}

const [open, closed] = incident('ratings.shop', 1, 400);
const publicUrl = 'https://mesh.example';

test.each([
  ['an opening', open],
  ['a close', closed],
])('a message of %s alone says which, when and by whose word', (_, alert) => {
  expect(readMessage(slackMessage({ alerts: [alert], publicUrl }))).toEqual([known(alert)]);
});

test('a message of several says all but the basis, and of its last ones only the state', () => {
  const services = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
  const alerts = services.map((name, i) => incident(`${name}.shop`, 10, 20 + i)[i % 2]!);
  const items = readMessage(slackMessage({ alerts, publicUrl }));
  expect(items).toEqual(
    alerts.map((alert, i) => {
      const said = { ...known(alert), basis: null };
      return i < 5 ? said : { ...said, second: null, lasted: null };
    }),
  );
});
