import { expect, test } from 'vitest';
import type { Told } from '../../src/model/notification.ts';
import { decide, isNewer, type Knowledge } from '../../src/notify/decide.ts';
import { incident } from './alerts.ts';

const [open, closed] = incident('ratings.default', 1, 40);
const [openAgain, closedAgain] = incident('ratings.default', 90, 120);

function told(alert: typeof open): Told {
  const { key, status, sequence, startsAt } = alert;
  const rest = { sentAt: 0, attempts: 1, reason: 'first_notification' as const };
  return { receiver: 'slack', alertKey: key, status, sequence, startsAt, ...rest };
}

const nothing: Knowledge = { disabled: false, told: undefined, maybeTold: false };

test.each([
  ['an opening, nothing told', open, nothing, 'first_notification'],
  ['a close, nothing told', closed, nothing, 'resolved_before_sent'],
  ['a close, its opening told', closed, { ...nothing, told: told(open) }, 'resolved'],
  ['a close, its opening perhaps told', closed, { ...nothing, maybeTold: true }, 'resolved'],
  ['an opening, told', open, { ...nothing, told: told(open) }, 'already_sent'],
  ['a close, told', closed, { ...nothing, told: told(closed) }, 'already_sent'],
  ['an opening, its close told', open, { ...nothing, told: told(closed) }, 'superseded'],
  ['a close, the next opening told', closed, { ...nothing, told: told(openAgain) }, 'superseded'],
  [
    'the next opening, the close told',
    openAgain,
    { ...nothing, told: told(closed) },
    'first_notification',
  ],
  [
    'the next opening, the close never told',
    openAgain,
    { ...nothing, told: told(open) },
    'reopened',
  ],
  [
    'the next close, only the first opening told',
    closedAgain,
    { ...nothing, told: told(open) },
    'resolved_before_sent',
  ],
  ['an opening, receiver gone', open, { ...nothing, disabled: true }, 'disabled'],
  [
    'a told opening, receiver gone',
    open,
    { ...nothing, disabled: true, told: told(open) },
    'disabled',
  ],
] as const)('%s', (_, alert, known, reason) => {
  const sends = ['first_notification', 'reopened', 'resolved'].includes(reason);
  expect(decide(alert, known)).toEqual({ send: sends, reason });
});

test('a later incident is newer although its stream counts from the start again', () => {
  expect(isNewer({ ...openAgain, sequence: [0, 0] }, told(closed))).toBe(true);
  expect(isNewer(open, told(openAgain))).toBe(false);
});
