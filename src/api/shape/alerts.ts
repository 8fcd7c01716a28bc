import type { z } from '@hono/zod-openapi';
import type { Alert } from '../../model/alert.ts';
import type { Told } from '../../model/notification.ts';
import type { alert } from '../schemas/alert.ts';
import { instant, instantOrNull, nameOf, nameReason, reasons } from './basics.ts';
import { transitionJson } from './breakers.ts';

export function alertJson(of: Alert, sent: readonly Told[]): z.infer<typeof alert> {
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
