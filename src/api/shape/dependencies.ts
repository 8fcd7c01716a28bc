import type { z } from '@hono/zod-openapi';
import type { DependencyState, ServiceState } from '../../model/state.ts';
import type { Breaker } from '../../views/breakers.ts';
import type { dependency } from '../schemas/dependency.ts';
import {
  instant,
  latencyReason,
  nameOf,
  nameReason,
  reasons,
  requestsPerSecond,
  successReason,
} from './basics.ts';
import { breakerJson } from './breakers.ts';
import { windowsJson } from './windows.ts';

/** @param called the state of the called service, which holds the dependency, and its breakers */
export function dependencyJson(
  of: DependencyState,
  called: ServiceState,
  breakers: readonly Breaker[],
): z.infer<typeof dependency> {
  const minute = of.windows['1m'];
  return {
    source: of.source,
    destination: nameOf(of.destination),
    as_of: instant(called.asOf),
    first_seen: instant(of.firstSeen),
    last_seen: instant(of.lastSeen),
    success_rate: minute.success_rate,
    p99_latency: minute.p99_latency,
    requests_per_second: requestsPerSecond(of.windows, of.firstSeen, called.asOf),
    null_reasons: reasons({
      source: of.source === null ? 'not_known' : undefined,
      destination: nameReason(of.destination),
      success_rate: successReason(minute),
      p99_latency: latencyReason(minute),
    }),
    windows: windowsJson(of.windows),
    breakers: breakers
      .filter(({ status }) => !status.rollup && status.source === of.source)
      .map(breakerJson),
  };
}
