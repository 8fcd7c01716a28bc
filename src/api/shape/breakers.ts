import type { z } from '@hono/zod-openapi';
import type { BreakerScope, BreakerState, Transition } from '../../model/breaker.ts';
import type { BreakerStatus } from '../../model/state.ts';
import type { Breaker } from '../../views/breakers.ts';
import type { breaker, transition } from '../schemas/breaker.ts';
import { instant, instantOrNull, nameOf, nameReason, reasons } from './basics.ts';

export function breakerJson({ status, last }: Breaker): z.infer<typeof breaker> {
  return {
    key: status.key,
    basis: status.basis,
    source: status.source,
    destination: nameOf(status.destination),
    subset: status.subset,
    rollup: status.rollup,
    state: status.state,
    since: instantOrNull(status.since),
    reason: last?.reason ?? null,
    sequence: status.sequence && [...status.sequence],
    failure_rate: status.failureRate,
    calls: status.calls,
    failed: status.failed,
    not_permitted: status.notPermitted,
    attempt: status.attempt,
    next_probe_at: instantOrNull(status.nextProbeAt),
    stale: status.stale,
    null_reasons: reasons({
      ...whoReasons(status),
      since: status.since === null ? 'never_moved' : undefined,
      reason: last ? undefined : status.sequence === null ? 'never_moved' : 'not_kept',
      failure_rate: status.failureRate === null ? rateReason(status) : undefined,
    }),
  };
}

function whoReasons({ source, destination, rollup }: BreakerScope) {
  return {
    source: source === null && !rollup ? 'not_known' : undefined,
    destination: nameReason(destination),
  };
}

/** Only the inferred breaker goes by rates. */
function rateReason({ basis }: BreakerStatus): string {
  return basis === 'inferred' ? 'too_few_requests' : 'not_defined';
}

export function transitionJson(of: Transition): z.infer<typeof transition> {
  return {
    key: of.key,
    basis: of.basis,
    source: of.source,
    destination: nameOf(of.destination),
    subset: of.subset,
    rollup: of.rollup,
    sequence: [...of.sequence],
    previous: of.previous && [...of.previous],
    from: of.from,
    to: of.to,
    reason: of.reason,
    at: instant(of.at),
    observed_at: instant(of.observedAt),
    failure_rate: of.failureRate,
    slow_rate: of.slowRate,
    calls: of.calls,
    failed: of.failed,
    not_permitted: of.notPermitted,
    window_seconds: of.windowSeconds,
    attempt: of.attempt,
    next_probe_at: instantOrNull(of.nextProbeAt),
    dependencies_open: of.dependenciesOpen,
    dependencies: of.dependencies,
    caused_by: of.causedBy && { source: of.causedBy.source, subset: of.causedBy.subset },
    null_reasons: reasons(whoReasons(of)),
  };
}

const SEVERITY: readonly BreakerState[] = ['CLOSED', 'HALF_OPEN', 'OPEN'];

/** Of the roll-ups the one in the worst state, the first of equals; null when there is none. */
export function worstRollup(breakers: readonly Breaker[]): Breaker | null {
  let worst: Breaker | null = null;
  for (const breaker of breakers) {
    if (!breaker.status.rollup) continue;
    if (worst === null || severity(breaker) > severity(worst)) worst = breaker;
  }
  return worst;
}

function severity({ status }: Breaker): number {
  return SEVERITY.indexOf(status.state);
}
