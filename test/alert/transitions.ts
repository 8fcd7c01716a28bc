import {
  type BreakerBasis,
  type BreakerScope,
  type BreakerState,
  breakerKey,
  type Transition,
} from '../../src/model/breaker.ts';

/** A roll-up transition of `ratings.default`, with what the test wants otherwise. */
export function transition(
  from: BreakerState,
  to: BreakerState,
  offset: number,
  over: Partial<Transition> = {},
): Transition {
  const scope: BreakerScope = {
    basis: over.basis ?? ('inferred' satisfies BreakerBasis),
    source: over.source ?? null,
    destination: over.destination ?? 'ratings.default',
    subset: over.subset ?? null,
    rollup: over.rollup ?? true,
  };
  return {
    ...scope,
    key: breakerKey(scope),
    sequence: [offset, 0],
    previous: null,
    from,
    to,
    reason: to === 'OPEN' ? 'failure_rate_exceeded' : 'probes_succeeded',
    at: 1_760_000_000_000 + offset * 1000,
    observedAt: 1_760_000_000_000 + offset * 1000 + 40,
    failureRate: to === 'OPEN' ? 0.62 : 0,
    slowRate: null,
    calls: to === 'OPEN' ? 50 : 10,
    failed: to === 'OPEN' ? 31 : 0,
    notPermitted: to === 'OPEN' ? 7 : 0,
    windowSeconds: 10,
    attempt: to === 'CLOSED' ? 0 : 1,
    nextProbeAt: to === 'OPEN' ? 1_760_000_000_000 + offset * 1000 + 30_000 : null,
    dependenciesOpen: to === 'OPEN' ? 1 : 0,
    dependencies: 2,
    causedBy: { source: 'reviews.default', subset: 'v1' },
    ...over,
  };
}
