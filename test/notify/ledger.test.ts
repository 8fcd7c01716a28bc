import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Alert } from '../../src/model/alert.ts';
import { Ledger } from '../../src/notify/ledger.ts';
import { incident } from './alerts.ts';

type Step = 'offer' | 'repeat' | 'take' | 'taken' | 'back' | 'backInDoubt' | 'rejected';

const steps = fc.array(
  fc.record({
    step: fc.constantFrom<Step>(
      'offer',
      'offer',
      'offer',
      'repeat',
      'take',
      'taken',
      'back',
      'backInDoubt',
      'rejected',
    ),
    service: fc.nat({ max: 3 }),
  }),
  { maxLength: 60 },
);

/** Plays steps; each service opens and closes in turn. Returns everything that happened. */
function play(run: readonly { step: Step; service: number }[]) {
  const outcomes: string[] = [];
  const ledger = new Ledger('slack', { told: [], begun: [] }, (outcome) => outcomes.push(outcome));
  const offered: Alert[] = [];
  const arrived: Alert[] = [];
  const doubted: Alert[] = [];
  let onItsWay: readonly Alert[] = [];
  let offset = 0;
  const next = new Map<number, Alert[]>();
  const state = (service: number): Alert => {
    const [alert, ...rest] = next.get(service) ?? [];
    if (alert) {
      next.set(service, rest);
      return alert;
    }
    offset += 10;
    const [open, closed] = incident(`s${service}.default`, offset, offset + 5);
    next.set(service, [closed]);
    return open;
  };
  for (const { step, service } of run) {
    if (step === 'offer') {
      const alert = state(service);
      offered.push(alert);
      ledger.offer(alert);
    } else if (step === 'repeat') {
      const alert = offered[service];
      if (alert) {
        offered.push(alert);
        ledger.offer(alert);
      }
    } else if (step === 'take') {
      if (onItsWay.length === 0) onItsWay = ledger.take().map(({ owed }) => owed.alert);
    } else {
      if (step === 'taken') {
        arrived.push(...onItsWay);
        ledger.taken(0);
      } else if (step === 'rejected') ledger.rejected();
      else {
        if (step === 'backInDoubt') doubted.push(...onItsWay);
        ledger.putBack(step === 'backInDoubt');
      }
      onItsWay = [];
    }
  }
  return { ledger, outcomes, offered, arrived, doubted, onItsWay };
}

it('ends every state that was offered in exactly one outcome', () => {
  fc.assert(
    fc.property(steps, (run) => {
      const { ledger, outcomes, offered, onItsWay } = play(run);
      expect(outcomes.length + ledger.size + onItsWay.length).toBe(offered.length);
    }),
  );
});

it('tells no state twice, each service in order, and no close that comes from nowhere', () => {
  fc.assert(
    fc.property(steps, (run) => {
      const { arrived, doubted } = play(run);
      const ids = arrived.map(({ key, startsAt, status }) => `${key} ${startsAt} ${status}`);
      expect(new Set(ids).size).toBe(ids.length);
      for (const [n, alert] of arrived.entries()) {
        const before = arrived.slice(0, n).filter(({ key }) => key === alert.key);
        for (const earlier of before) {
          expect(earlier.sequence[0]).toBeLessThan(alert.sequence[0]);
        }
        if (alert.status === 'resolved') {
          const opening = ({ key, startsAt, status }: Alert) =>
            key === alert.key && startsAt === alert.startsAt && status === 'firing';
          expect(before.some(opening) || doubted.some(opening)).toBe(true);
        }
      }
    }),
  );
});

it('ends with every receiver knowing what is open and what is not', () => {
  fc.assert(
    fc.property(
      steps.map((run) => run.filter(({ step }) => step !== 'rejected')),
      (run) => {
        const order: Step[] = ['taken', 'take', 'taken', 'take', 'taken', 'take', 'taken'];
        const finish = order.map((step) => ({ step, service: 0 }));
        const { ledger, offered, arrived } = play([...run, ...finish]);
        expect(ledger.size).toBe(0);
        for (const { key } of offered) {
          const newest = offered
            .filter((alert) => alert.key === key)
            .reduce((a, b) => (a.sequence[0] > b.sequence[0] ? a : b));
          const last = arrived.filter((alert) => alert.key === key).at(-1);
          expect(last?.status ?? 'resolved').toBe(newest.status);
        }
      },
    ),
  );
});

function ledgerWith(...alerts: Alert[]): { ledger: Ledger; outcomes: string[] } {
  const outcomes: string[] = [];
  const ledger = new Ledger('slack', { told: [], begun: [] }, (outcome) => outcomes.push(outcome));
  for (const alert of alerts) ledger.offer(alert);
  return { ledger, outcomes };
}

const taking = (ledger: Ledger) =>
  ledger.take().map(({ owed, told }) => `${owed.alert.service} ${told.status} ${told.reason}`);

it('puts what was not taken before what came since', () => {
  const { ledger } = ledgerWith(incident('a', 1, 2)[0]);
  ledger.take();
  ledger.offer(incident('b', 3, 4)[0]);
  ledger.putBack(false);
  expect(taking(ledger)).toEqual(['a firing first_notification', 'b firing first_notification']);
});

it('is silent about the close of an opening that was rejected', () => {
  const [open, closed] = incident('a', 1, 9);
  const { ledger, outcomes } = ledgerWith(open);
  ledger.take();
  ledger.offer(closed);
  ledger.rejected();
  expect(taking(ledger)).toEqual([]);
  expect(outcomes).toEqual(['rejected', 'resolved_before_sent']);
});

it('tells the close of an opening that was in doubt before it was rejected', () => {
  const [open, closed] = incident('a', 1, 9);
  const { ledger } = ledgerWith(open);
  ledger.take();
  ledger.putBack(true);
  ledger.take();
  ledger.offer(closed);
  ledger.rejected();
  expect(taking(ledger)).toEqual(['a resolved resolved']);
});

it('knows, within one message, that the close before the next opening is told too', () => {
  const [open, closed] = incident('a', 1, 9);
  const { ledger } = ledgerWith(open);
  ledger.take();
  ledger.taken(0);
  ledger.offer(closed);
  ledger.offer(incident('a', 20, 21)[0]);
  expect(taking(ledger)).toEqual(['a resolved resolved', 'a firing first_notification']);
});
