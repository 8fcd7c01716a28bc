import { z } from '@hono/zod-openapi';
import { count, nullReasons, rate } from './common.ts';

const latency = (percentile: number) =>
  z
    .number()
    .min(0)
    .nullable()
    .openapi({ description: `Nearest-rank p${percentile} in ms, within 1 %.` });

export const windowStats = z
  .object({
    requests: count.openapi({ description: 'Successes, failures and refused together.' }),
    successes: count,
    failures: count,
    refused: count.openapi({
      description: 'Refused by a circuit breaker or an overloaded proxy: failures for the caller.',
    }),
    excluded: count.openapi({ description: 'Not judged: the client left, or it was no request.' }),
    success_rate: rate.nullable(),
    p50_latency: latency(50),
    p90_latency: latency(90),
    p95_latency: latency(95),
    p99_latency: latency(99),
    latency_samples: count.openapi({ description: 'What the percentiles stand on.' }),
    reporter: z.enum(['source', 'destination', 'waypoint', 'spans', 'none']).openapi({
      description: "Whose view this is: the caller's proxy, the service's own, a waypoint, spans.",
    }),
    null_reasons: nullReasons({
      success_rate: 'no_requests',
      latency: 'no_requests, too_few_requests (under 100) or no_latencies',
    }),
    blind: z.boolean().openapi({ description: 'Reading was interrupted inside the window.' }),
  })
  .openapi('WindowStats');

export const windows = z
  .object({ '10s': windowStats, '1m': windowStats, '5m': windowStats, '1h': windowStats })
  .openapi('Windows');
