import type { Transition } from '../model/breaker.ts';
import { compareSequence } from '../model/breaker.ts';
import type { BreakerStatus, ServiceState } from '../model/state.ts';
import type { TransitionLog } from './transitions.ts';

/** A breaker as it is now, with the transition that made it so; null when it never moved or that is no longer kept. */
export interface Breaker {
  status: BreakerStatus;
  last: Transition | null;
}

/**
 * The breakers of a service. A transition is published at once, the state that holds it up to ten seconds later:
 * what moved after the state was taken is shown as moved.
 */
export function breakersOf(state: ServiceState, log: TransitionLog): Breaker[] {
  const breakers = new Map<string, Breaker>();
  for (const status of state.breakers) breakers.set(status.key, { status, last: null });
  for (const last of log.lastOf(state.service)) {
    const held = breakers.get(last.key);
    const seen = held?.status.sequence;
    if (seen && compareSequence(last.sequence, seen) === 0) {
      breakers.set(last.key, { status: held.status, last });
    } else if (compareSequence(last.sequence, seen ?? state.sequence) > 0) {
      breakers.set(last.key, { status: moved(last), last });
    }
  }
  return [...breakers.values()].sort((a, b) => (a.status.key < b.status.key ? -1 : 1));
}

function moved(transition: Transition): BreakerStatus {
  return {
    key: transition.key,
    basis: transition.basis,
    source: transition.source,
    destination: transition.destination,
    subset: transition.subset,
    rollup: transition.rollup,
    state: transition.to,
    since: transition.at,
    sequence: transition.sequence,
    failureRate: transition.failureRate,
    calls: transition.calls,
    failed: transition.failed,
    notPermitted: transition.notPermitted,
    nextProbeAt: transition.nextProbeAt,
    attempt: transition.attempt,
    stale: false,
  };
}
