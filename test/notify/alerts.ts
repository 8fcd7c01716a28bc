import { BreakerAlerts } from '../../src/alert/breaker-alerts.ts';
import type { Alert } from '../../src/model/alert.ts';
import type { Transition } from '../../src/model/breaker.ts';
import { transition } from '../alert/transitions.ts';

/** The alert of a service whose breaker opened as record `offset` was folded. */
export function firing(service = 'ratings.default', offset = 1, over: Partial<Transition> = {}) {
  return incident(service, offset, offset + 1, over)[0];
}

/** Both states of an incident from one record to another. */
export function incident(
  service: string,
  opened: number,
  closed: number,
  over: Partial<Transition> = {},
): [firing: Alert, resolved: Alert] {
  const alerts = new BreakerAlerts();
  const of = (each: Transition): Alert => ({
    ...alerts.apply(each).alert!,
    sequence: each.sequence,
  });
  return [
    of(transition('CLOSED', 'OPEN', opened, { destination: service, ...over })),
    of(transition('HALF_OPEN', 'CLOSED', closed, { destination: service, ...over })),
  ];
}
