import { z } from '@hono/zod-openapi';
import { transition } from './breaker.ts';
import { calledService, count, instant, nullReasons, sequence } from './common.ts';
import { delayOrNull, freshness } from './delay.ts';

export const alertStatus = z.enum(['firing', 'resolved']);

export const alert = z
  .object({
    key: z.string().openapi({ description: '`rule/service/basis`' }),
    sequence,
    rule: z.string(),
    status: alertStatus,
    service: calledService,
    starts_at: instant,
    ends_at: instant.nullable().openapi({ description: 'Null while it fires.' }),
    transition: transition.openapi({ description: 'What made it fire or resolve.' }),
    opened: transition.openapi({ description: 'What opened the breaker.' }),
    delay: delayOrNull,
    null_reasons: nullReasons({ service: 'not_known' }),
    notifications: z
      .array(
        z.object({
          receiver: z.string(),
          status: alertStatus,
          sequence,
          sent_at: instant,
          attempts: count,
        }),
      )
      .openapi({ description: 'What each receiver was last told.' }),
  })
  .openapi('Alert');

export const alertList = z.object({ ...freshness, alerts: z.array(alert) }).openapi('AlertList');
