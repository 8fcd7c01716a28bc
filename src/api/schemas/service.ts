import { z } from '@hono/zod-openapi';
import { breaker } from './breaker.ts';
import { calledService, count, instant, nextCursor, nullReasons, orNull, rate } from './common.ts';
import { delayOrNull, freshness } from './delay.ts';
import { dependency } from './dependency.ts';
import { windows } from './window.ts';

const windowName = z.enum(['10s', '1m', '5m', '1h']);

const summary = {
  service: calledService,
  as_of: instant.openapi({ description: 'The watermark these numbers are true at.' }),
  first_seen: instant,
  last_seen: instant,
  health: z.enum(['healthy', 'degraded', 'failing', 'delayed', 'unknown']).openapi({
    description:
      'failing: a breaker is open or at least 10 % failed in the last minute; delayed: it was not failing when last heard of, and `delay` says why that is not known now; degraded: any failed or a breaker is half-open; unknown: no requests to judge.',
  }),
  delay: delayOrNull,
  success_rate: rate.nullable().openapi({ description: 'Of the window `1m`.' }),
  p99_latency: z.number().min(0).nullable().openapi({
    description: 'ms, of the window `1m`; null under 100 samples.',
  }),
  p99_window: windowName.nullable().openapi({
    description: 'The shortest window that has enough samples for a p99; null when none has.',
  }),
  circuit_breaker_health: z.enum(['CLOSED', 'OPEN', 'HALF-OPEN']).nullable().openapi({
    description: 'The worst roll-up over the bases.',
  }),
  requests_per_second: z.number().min(0).openapi({
    description: 'Over the last minute, or since it was first seen when that is shorter.',
  }),
  null_reasons: nullReasons({
    service: 'not_known',
    success_rate: 'no_requests',
    p99_latency: 'no_requests, too_few_requests or no_latencies',
    p99_window: 'no_requests, too_few_requests or no_latencies',
    circuit_breaker_health: 'no_breaker',
    breaker: 'no_breaker',
  }),
  windows,
  breaker: orNull(breaker).openapi({ description: 'The roll-up that is worst.' }),
};

export const serviceSummary = z
  .object({
    ...summary,
    breakers: z.array(breaker).openapi({ description: 'The roll-up of every basis.' }),
  })
  .openapi('ServiceSummary');

export const subset = z
  .object({ subset: z.string(), first_seen: instant, last_seen: instant, windows })
  .openapi('Subset', { description: 'The part of the requests that one version answered.' });

export const cluster = z
  .object({
    cluster: z.string().openapi({ description: '`@other` for those beyond the bound of 20.' }),
    first_seen: instant,
    last_seen: instant,
    windows,
  })
  .openapi('Cluster', { description: 'The part of the requests that one mesh cluster answered.' });

export const failover = z
  .object({
    from: z.string(),
    to: z.string(),
    began_at: instant.openapi({ description: 'The last success in the cluster `from`.' }),
    over_at: instant.openapi({
      description: 'From here on the cluster `to` answered what `from` had, with success.',
    }),
    seconds: z.number().min(0).openapi({
      description:
        'How long it took; to about a second where `to` had requests of its own, else exact.',
    }),
  })
  .openapi('Failover', {
    description: 'The requests of a service moved from one mesh cluster to another.',
  });

export const exemplar = z
  .object({
    at: instant,
    source: z.string().nullable(),
    subset: z.string().nullable(),
    outcome: z.string(),
    reason: z.string(),
    code: count.openapi({ description: 'HTTP status; 0 when no answer was sent.' }),
    latency_ms: z.number().min(0).nullable(),
    request_id: z.string().nullable(),
    trace_id: z.string().nullable(),
  })
  .openapi('Exemplar', { description: 'A request kept as an example: slow or failed.' });

export const service = z
  .object({
    ...summary,
    breakers: z.array(breaker).openapi({ description: 'Roll-ups, then per caller and subset.' }),
    subsets: z.array(subset),
    clusters: z
      .array(cluster)
      .openapi({ description: 'Of the requests whose mesh cluster is known, one per cluster.' }),
    failovers: z.array(failover).openapi({ description: 'The newest five, newest first.' }),
    callers: z.array(dependency),
    callees: z.array(dependency),
    exemplars: z.array(exemplar),
  })
  .openapi('Service');

export const serviceList = z
  .object({ ...freshness, services: z.array(serviceSummary), next_cursor: nextCursor })
  .openapi('ServiceList');
