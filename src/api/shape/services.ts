import type { z } from '@hono/zod-openapi';
import type {
  ClusterState,
  Exemplar,
  Failover,
  ServiceState,
  SubsetState,
} from '../../model/state.ts';
import type { WindowStats } from '../../model/windows.ts';
import type { Breaker } from '../../views/breakers.ts';
import type { Delay } from '../../views/partition-watch.ts';
import type { cluster, exemplar, failover, serviceSummary, subset } from '../schemas/service.ts';
import {
  instant,
  latencyReason,
  nameOf,
  nameReason,
  reasons,
  requestsPerSecond,
  successReason,
} from './basics.ts';
import { breakerJson, worstRollup } from './breakers.ts';
import { delayJson } from './delays.ts';
import { p99Window, windowsJson } from './windows.ts';

type Summary = z.infer<typeof serviceSummary>;

export function summaryJson(
  state: ServiceState,
  breakers: readonly Breaker[],
  delay: Delay | null,
): Summary {
  const minute = state.windows['1m'];
  const worst = worstRollup(breakers);
  const noBreaker = worst === null ? 'no_breaker' : undefined;
  const window = p99Window(state.windows);
  return {
    service: nameOf(state.service),
    as_of: instant(state.asOf),
    first_seen: instant(state.firstSeen),
    last_seen: instant(state.lastSeen),
    health: healthOf(minute, worst, delay),
    delay: delay && delayJson(delay),
    success_rate: minute.success_rate,
    p99_latency: minute.p99_latency,
    p99_window: window,
    circuit_breaker_health: worst && HYPHENATED[worst.status.state],
    requests_per_second: requestsPerSecond(state.windows, state.firstSeen, state.asOf),
    null_reasons: reasons({
      service: nameReason(state.service),
      success_rate: successReason(minute),
      p99_latency: latencyReason(minute),
      p99_window: latencyReason(state.windows[window ?? '1h']),
      circuit_breaker_health: noBreaker,
      breaker: noBreaker,
    }),
    windows: windowsJson(state.windows),
    breaker: worst && breakerJson(worst),
    breakers: breakers.filter(({ status }) => status.rollup).map(breakerJson),
  };
}

/** The spelling that clients of the field `circuit_breaker_health` know. */
const HYPHENATED = { CLOSED: 'CLOSED', OPEN: 'OPEN', HALF_OPEN: 'HALF-OPEN' } as const;

/**
 * Any failure degrades, a tenth fails: the two thresholds Kiali draws with by default. Bad news that is old is still the
 * best there is; anything better is not known.
 */
export function healthOf(
  minute: WindowStats,
  worst: Breaker | null,
  delay: Delay | null,
): Summary['health'] {
  const failed = minute.failures + minute.refused;
  const judged = minute.successes + failed;
  if (worst?.status.state === 'OPEN') return 'failing';
  if (judged > 0 && failed * 10 >= judged) return 'failing';
  if (delay !== null) return 'delayed';
  if (failed > 0 || worst?.status.state === 'HALF_OPEN') return 'degraded';
  return judged === 0 ? 'unknown' : 'healthy';
}

export function subsetJson(of: SubsetState): z.infer<typeof subset> {
  return {
    subset: of.subset,
    first_seen: instant(of.firstSeen),
    last_seen: instant(of.lastSeen),
    windows: windowsJson(of.windows),
  };
}

export function clusterJson(of: ClusterState): z.infer<typeof cluster> {
  return {
    cluster: of.cluster,
    first_seen: instant(of.firstSeen),
    last_seen: instant(of.lastSeen),
    windows: windowsJson(of.windows),
  };
}

export function failoverJson({ from, to, beganAt, overAt }: Failover): z.infer<typeof failover> {
  const seconds = (overAt - beganAt) / 1_000;
  return { from, to, began_at: instant(beganAt), over_at: instant(overAt), seconds };
}

export function exemplarJson(of: Exemplar): z.infer<typeof exemplar> {
  return {
    at: instant(of.at),
    source: of.source,
    subset: of.subset,
    outcome: of.outcome,
    reason: of.reason,
    code: of.code,
    latency_ms: of.latencyMs,
    request_id: of.requestId,
    trace_id: of.traceId,
  };
}
