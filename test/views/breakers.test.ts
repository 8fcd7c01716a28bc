import { expect, test } from 'vitest';
import { breakersOf } from '../../src/views/breakers.ts';
import { TransitionLog } from '../../src/views/transitions.ts';
import { breaker, NOW, serviceState, transition } from './published-records.ts';

function logOf(...transitions: Parameters<typeof transition>[0][]): TransitionLog {
  const log = new TransitionLog(100, 100);
  for (const over of transitions) log.apply(transition(over));
  return log;
}

test('a breaker that never moved is as its state says, and has no last transition', () => {
  const [only] = breakersOf(serviceState(), logOf());
  expect(only).toEqual({ status: breaker(), last: null });
});

test('the transition that made the state is found beside it', () => {
  const open = breaker({ state: 'OPEN', since: NOW, sequence: [90, 1], attempt: 1 });
  const state = serviceState({ sequence: [100, 0], breakers: [open] });
  const [found] = breakersOf(state, logOf({ sequence: [90, 1], reason: 'probes_failed' }));
  expect(found?.status).toEqual(open);
  expect(found?.last?.reason).toBe('probes_failed');
});

test('a transition younger than the state moves the breaker on at once', () => {
  const state = serviceState({ sequence: [100, 0], breakers: [breaker()] });
  const [moved] = breakersOf(state, logOf({ sequence: [101, 0] }));
  expect(moved?.status).toMatchObject({
    state: 'OPEN',
    since: NOW,
    sequence: [101, 0],
    attempt: 1,
  });
});

test('a breaker that the state does not know yet appears with its first transition', () => {
  const state = serviceState({ sequence: [100, 0], breakers: [] });
  const found = breakersOf(state, logOf({ key: 'observed:*:reviews.shop:*', basis: 'observed' }));
  expect(found.map(({ status }) => [status.basis, status.state])).toEqual([['observed', 'OPEN']]);
});

test('a transition older than the state brings nothing back that the state has dropped or passed', () => {
  const closed = breaker({ sequence: [95, 0], since: NOW });
  const state = serviceState({ sequence: [100, 0], breakers: [closed] });
  const found = breakersOf(
    state,
    logOf({ sequence: [90, 0] }, { sequence: [91, 0], key: 'inferred:gone:reviews.shop:-' }),
  );
  expect(found).toEqual([{ status: closed, last: null }]);
});

test('of several younger transitions the newest counts, and breakers of other services do not', () => {
  const state = serviceState({ sequence: [100, 0] });
  const found = breakersOf(
    state,
    logOf(
      { sequence: [101, 0] },
      { sequence: [105, 0], from: 'OPEN', to: 'HALF_OPEN', reason: 'wait_elapsed' },
      { sequence: [106, 0], destination: 'ratings.shop', key: 'inferred:*:ratings.shop:*' },
    ),
  );
  expect(found.map(({ status }) => status.state)).toEqual(['HALF_OPEN']);
});
