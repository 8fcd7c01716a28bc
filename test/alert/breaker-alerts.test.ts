import { describe, expect, it, test } from 'vitest';
import { BreakerAlerts } from '../../src/alert/breaker-alerts.ts';
import type { Transition } from '../../src/model/breaker.ts';
import { transition } from './transitions.ts';

const KEY = 'breaker_open/ratings.default/inferred';

function run(transitions: Transition[]) {
  const alerts = new BreakerAlerts();
  return transitions.map((each) => alerts.apply(each));
}

const openA = transition('CLOSED', 'OPEN', 1);
const half = transition('OPEN', 'HALF_OPEN', 2);
const openAgain = transition('HALF_OPEN', 'OPEN', 3, { attempt: 2, reason: 'probes_failed' });
const closed = transition('HALF_OPEN', 'CLOSED', 5);
const observed = transition('CLOSED', 'OPEN', 2, { basis: 'observed' });

describe('what a run of transitions makes', () => {
  test.each([
    { name: 'an opening fires', run: [openA], reasons: ['opened'], statuses: ['firing'] },
    {
      name: 'probing is silent and still firing',
      run: [openA, half],
      reasons: ['opened', 'probing'],
      statuses: ['firing'],
    },
    {
      name: 'failed probes are the same incident',
      run: [openA, half, openAgain],
      reasons: ['opened', 'probing', 'still_open'],
      statuses: ['firing'],
    },
    {
      name: 'a close resolves',
      run: [openA, half, closed],
      reasons: ['opened', 'probing', 'closed'],
      statuses: ['firing', 'resolved'],
    },
    {
      name: 'open straight to closed resolves',
      run: [openA, transition('OPEN', 'CLOSED', 2)],
      reasons: ['opened', 'closed'],
      statuses: ['firing', 'resolved'],
    },
    {
      name: 'a second incident fires again',
      run: [openA, half, closed, transition('CLOSED', 'OPEN', 9)],
      reasons: ['opened', 'probing', 'closed', 'opened'],
      statuses: ['firing', 'resolved', 'firing'],
    },
    {
      name: "one caller's breaker is not alerted on",
      run: [transition('CLOSED', 'OPEN', 1, { rollup: false, source: 'reviews.default' })],
      reasons: ['not_a_rollup'],
      statuses: [],
    },
    {
      name: 'a close without an opening is silent',
      run: [closed],
      reasons: ['not_firing'],
      statuses: [],
    },
    {
      name: 'an opening from half-open fires when the state was lost',
      run: [openAgain],
      reasons: ['opened'],
      statuses: ['firing'],
    },
    {
      name: 'a repeated opening is not newer',
      run: [openA, openA],
      reasons: ['opened', 'not_newer'],
      statuses: ['firing'],
    },
    {
      name: 'a close from before the opening is not newer',
      run: [openAgain, transition('HALF_OPEN', 'CLOSED', 2)],
      reasons: ['opened', 'not_newer'],
      statuses: ['firing'],
    },
    {
      name: 'each basis is its own alert',
      run: [openA, observed, transition('HALF_OPEN', 'CLOSED', 4, { basis: 'observed' })],
      reasons: ['opened', 'opened', 'closed'],
      statuses: ['firing', 'firing', 'resolved'],
    },
  ])('$name', ({ run: transitions, reasons, statuses }) => {
    const decisions = run(transitions);
    expect(decisions.map(({ reason }) => reason)).toEqual(reasons);
    expect(decisions.flatMap(({ alert }) => (alert ? [alert.status] : []))).toEqual(statuses);
  });
});

it('fires with the key, the service and the opening', () => {
  const [decision] = run([openA]);
  expect(decision?.alert).toEqual({
    key: KEY,
    rule: 'breaker_open',
    status: 'firing',
    service: 'ratings.default',
    startsAt: openA.at,
    endsAt: null,
    transition: openA,
    opened: openA,
  });
});

it('resolves with the first opening as start and the newest opening kept', () => {
  const alert = run([openA, half, openAgain, closed]).at(-1)?.alert;
  expect(alert).toMatchObject({ key: KEY, status: 'resolved', startsAt: openA.at });
  expect(alert?.endsAt).toBe(closed.at);
  expect(alert?.transition).toEqual(closed);
  expect(alert?.opened).toEqual(openAgain);
});

it('goes on from a checkpoint as if nothing had happened', () => {
  const transitions = [openA, observed, half, openAgain, closed, transition('CLOSED', 'OPEN', 9)];
  const whole = run(transitions);
  for (let cut = 0; cut <= transitions.length; cut += 1) {
    const before = new BreakerAlerts();
    for (const each of transitions.slice(0, cut)) before.apply(each);
    const after = BreakerAlerts.fromJSON(JSON.parse(JSON.stringify(before)));
    const rest = transitions.slice(cut).map((each) => after.apply(each));
    expect(rest, `cut before ${cut}`).toEqual(whole.slice(cut));
  }
});

it('forgets an incident once it has closed', () => {
  const alerts = new BreakerAlerts();
  alerts.apply(openA);
  expect([...alerts.firing.keys()]).toEqual([KEY]);
  alerts.apply(closed);
  expect(alerts.toJSON()).toEqual([]);
});
