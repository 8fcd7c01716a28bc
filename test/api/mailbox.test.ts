import { expect, test } from 'vitest';
import { Mailbox } from '../../src/api/sse/mailbox.ts';
import { alert, transition } from '../views/published-records.ts';

const state = (service: string, offset: number) =>
  ({ kind: 'state', service, sequence: [offset, 0] }) as const;
const moved = (offset: number) =>
  ({ kind: 'transition', transition: transition({ sequence: [offset, 0] }) }) as const;

async function past(mailbox: Mailbox, letters: number) {
  const taken = [];
  for (let i = 0; i < letters; i++) taken.push(await mailbox.next());
  return taken;
}

test('the first letter is a snapshot, which stands for everything before it', async () => {
  const mailbox = new Mailbox(10);
  mailbox.put(state('a', 1));
  expect(await mailbox.next()).toEqual({ kind: 'snapshot', dropped: 0 });
  mailbox.put(state('b', 2));
  expect(await mailbox.next()).toEqual(state('b', 2));
});

test('changes come in order; of a service only the newest state waits', async () => {
  const mailbox = new Mailbox(10);
  await mailbox.next();
  const fired = { kind: 'alert', alert: alert() } as const;
  for (const change of [state('a', 1), moved(2), state('b', 3), state('a', 4), moved(5), fired]) {
    expect(mailbox.put(change)).toBe(0);
  }
  expect(await past(mailbox, 5)).toEqual([state('a', 4), moved(2), state('b', 3), moved(5), fired]);
});

test('a client that does not read gets a fresh snapshot instead of a growing queue', async () => {
  const mailbox = new Mailbox(3);
  await mailbox.next();
  const dropped = [1, 2, 3, 4, 5, 6].map((offset) => mailbox.put(moved(offset)));
  expect(dropped).toEqual([0, 0, 0, 4, 0, 0]);
  expect(await mailbox.next()).toEqual({ kind: 'snapshot', dropped: 4 });
  mailbox.put(moved(7));
  expect(await mailbox.next()).toEqual(moved(7));
});

test('one who waits is woken by a change, a heartbeat and the end', async () => {
  const mailbox = new Mailbox(3);
  await mailbox.next();
  let waiting = mailbox.next();
  mailbox.put(moved(1));
  expect(await waiting).toEqual(moved(1));
  waiting = mailbox.next();
  mailbox.heartbeat();
  expect(await waiting).toEqual({ kind: 'heartbeat' });
  waiting = mailbox.next();
  mailbox.end();
  expect(await waiting).toEqual({ kind: 'end' });
});

test('heartbeats do not pile up, and after the end there is only the end', async () => {
  const mailbox = new Mailbox(3);
  await mailbox.next();
  mailbox.heartbeat();
  mailbox.heartbeat();
  mailbox.put(moved(1));
  expect(await past(mailbox, 2)).toEqual([moved(1), { kind: 'heartbeat' }]);
  mailbox.put(moved(2));
  mailbox.end();
  expect(mailbox.put(moved(3))).toBe(0);
  expect(await past(mailbox, 2)).toEqual([{ kind: 'end' }, { kind: 'end' }]);
});
