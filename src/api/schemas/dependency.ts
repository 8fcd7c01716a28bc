import { z } from '@hono/zod-openapi';
import { breaker } from './breaker.ts';
import { calledService, instant, nextCursor, nullReasons, rate } from './common.ts';
import { freshness } from './delay.ts';
import { windows } from './window.ts';

export const dependency = z
  .object({
    source: z.string().nullable().openapi({
      description:
        'Who calls; null when not known, `@other` for those beyond the bound of dependencies.',
    }),
    destination: calledService,
    as_of: instant,
    first_seen: instant,
    last_seen: instant,
    success_rate: rate.nullable().openapi({ description: 'Of the window `1m`.' }),
    p99_latency: z.number().min(0).nullable().openapi({ description: 'ms, of the window `1m`.' }),
    requests_per_second: z.number().min(0).openapi({
      description: 'Over the last minute, or since it was first seen when that is shorter.',
    }),
    null_reasons: nullReasons({
      source: 'not_known',
      destination: 'not_known',
      success_rate: 'no_requests',
      p99_latency: 'no_requests, too_few_requests or no_latencies',
    }),
    windows,
    breakers: z.array(breaker).openapi({ description: 'One per basis and subset.' }),
  })
  .openapi('Dependency');

export const dependencyList = z
  .object({ ...freshness, dependencies: z.array(dependency), next_cursor: nextCursor })
  .openapi('DependencyList');
