import type { Sequence, Transition } from '../model/breaker.ts';
import { toMs } from '../model/time.ts';
import type { Step } from './breaker/service-breakers.ts';

/** A breaker's step with its identity: what is published on `transitions`. */
export function transitionOf(
  { tracked, change, rollup }: Step,
  sequence: Sequence,
  observedAt: number,
): Transition {
  return {
    ...tracked.scope,
    key: tracked.key,
    sequence,
    previous: tracked.last,
    from: change.from,
    to: change.to,
    reason: change.reason,
    at: toMs(change.atUs)!,
    observedAt,
    failureRate: change.failureRate,
    slowRate: change.slowRate,
    calls: change.calls,
    failed: change.failed,
    notPermitted: change.notPermitted,
    windowSeconds: change.windowSeconds,
    attempt: change.attempt,
    nextProbeAt: toMs(change.nextProbeAtUs),
    dependenciesOpen: rollup?.dependenciesOpen ?? null,
    dependencies: rollup?.dependencies ?? null,
    causedBy: rollup && { source: rollup.causedBy.source, subset: rollup.causedBy.subset },
  };
}
