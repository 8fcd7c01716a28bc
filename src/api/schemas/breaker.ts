import { z } from '@hono/zod-openapi';
import {
  calledService,
  count,
  instant,
  nextCursor,
  nullReasons,
  rate,
  sequence,
} from './common.ts';
import { freshness } from './delay.ts';

export const breakerState = z.enum(['CLOSED', 'OPEN', 'HALF_OPEN']).openapi('BreakerState');
export const basis = z.enum(['inferred', 'observed', 'reported']).openapi('BreakerBasis', {
  description:
    'Who says so: `inferred`, our machine on the traffic, or `observed`, refusals seen on the wire. `reported`, the ejection log of the proxies, is reserved for later.',
});

const reason = z.string().openapi({
  description:
    'failure_rate_exceeded, slow_call_rate_exceeded, wait_elapsed, probes_failed, probes_succeeded, refusals_seen, refusals_stopped, successes_seen, no_traffic; more may come.',
  example: 'failure_rate_exceeded',
});

const scope = {
  key: z.string().openapi({ description: '`basis:source:destination:subset`' }),
  basis,
  source: z.string().nullable().openapi({ description: 'Null in a roll-up and when not known.' }),
  destination: calledService,
  subset: z.string().nullable().openapi({ description: 'Null in a roll-up and when not known.' }),
  rollup: z
    .boolean()
    .openapi({ description: 'Stands for all callers and subsets of the service.' }),
};

export const breaker = z
  .object({
    ...scope,
    state: breakerState,
    since: instant.nullable(),
    reason: reason.nullable().openapi({ description: 'Of the transition that made the state.' }),
    sequence: sequence.nullable().openapi({ description: 'Of that transition.' }),
    failure_rate: rate.nullable(),
    calls: count,
    failed: count,
    not_permitted: count,
    attempt: count.openapi({ description: 'How often it opened since it was last closed.' }),
    next_probe_at: instant.nullable().openapi({
      description: 'When it half-opens at the earliest; null unless it is open.',
    }),
    stale: z.boolean().openapi({ description: 'Not closed, and without traffic to judge it.' }),
    null_reasons: nullReasons({
      source: 'not_known',
      destination: 'not_known',
      since: 'never_moved',
      reason: 'never_moved or not_kept',
      failure_rate: 'too_few_requests; not_defined for a basis that does not go by rates',
    }),
  })
  .openapi('Breaker');

export const transition = z
  .object({
    ...scope,
    sequence,
    previous: sequence.nullable().openapi({ description: 'Null for the first of its key.' }),
    from: breakerState,
    to: breakerState,
    reason,
    at: instant.openapi({ description: 'Event time.' }),
    observed_at: instant.openapi({ description: 'When the stream had the record that caused it.' }),
    failure_rate: rate.nullable(),
    slow_rate: rate.nullable(),
    calls: count,
    failed: count,
    not_permitted: count,
    window_seconds: z.number().min(0),
    attempt: count,
    next_probe_at: instant.nullable(),
    dependencies_open: count.nullable().openapi({ description: 'Roll-ups only.' }),
    dependencies: count.nullable().openapi({ description: 'Roll-ups only.' }),
    caused_by: z
      .object({ source: z.string().nullable(), subset: z.string().nullable() })
      .nullable()
      .openapi({ description: 'Roll-ups only: the caller and subset whose breaker moved it.' }),
    null_reasons: nullReasons({ source: 'not_known', destination: 'not_known' }),
  })
  .openapi('Transition');

export const breakerList = z
  .object({ ...freshness, breakers: z.array(breaker), next_cursor: nextCursor })
  .openapi('BreakerList');

export const transitionList = z
  .object({
    ...freshness,
    key: z.string(),
    transitions: z.array(transition),
    next_cursor: nextCursor,
  })
  .openapi('TransitionList');
