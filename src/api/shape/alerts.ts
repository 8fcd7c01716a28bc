import type { z } from '@hono/zod-openapi';
import type { Alert } from '../../model/alert.ts';
import type { Told } from '../../model/notification.ts';
import type { Delay } from '../../views/partition-watch.ts';
import type { Views } from '../../views/views.ts';
import type { alert } from '../schemas/alert.ts';
import { instant, instantOrNull, nameOf, nameReason, reasons } from './basics.ts';
import { transitionJson } from './breakers.ts';
import { delayJson } from './delays.ts';

/** With what the views know about it. */
export function alertOf(of: Alert, views: Views): z.infer<typeof alert> {
  return alertJson(of, views.notifications(of.key), views.delayOf(of.service));
}

export function alertJson(
  of: Alert,
  sent: readonly Told[],
  delay: Delay | null,
): z.infer<typeof alert> {
  return {
    key: of.key,
    sequence: [...of.sequence],
    rule: of.rule,
    status: of.status,
    service: nameOf(of.service),
    starts_at: instant(of.startsAt),
    ends_at: instantOrNull(of.endsAt),
    transition: transitionJson(of.transition),
    opened: transitionJson(of.opened),
    delay: delay && delayJson(delay),
    null_reasons: reasons({ service: nameReason(of.service) }),
    notifications: sent.map(({ receiver, status, sequence, sentAt, attempts }) => ({
      receiver,
      status,
      sequence: [...sequence],
      sent_at: instant(sentAt),
      attempts,
    })),
  };
}
