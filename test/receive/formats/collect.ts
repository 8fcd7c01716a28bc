import type { DeadLetterReason, NotARequestReason } from '../../../src/model/input.ts';
import type { RequestEvent } from '../../../src/model/request-event.ts';
import type { Records } from '../../../src/receive/formats/records.ts';

export type Outcome =
  | { is: 'event'; event: RequestEvent; raw: Uint8Array }
  | { is: 'not_a_request'; reason: NotARequestReason }
  | { is: 'dead_letter'; reason: DeadLetterReason; raw: Uint8Array };

export interface Collected {
  outcomes: Outcome[];
  events: RequestEvent[];
  /** Reasons of the records that made no event, in order. */
  reasons: string[];
}

/** Runs a reader and keeps what it said, copied, because a reader may reuse its event. */
export function collect(
  read: (body: Uint8Array, out: Records) => void,
  body: string | Uint8Array,
): Collected {
  const outcomes: Outcome[] = [];
  read(typeof body === 'string' ? new TextEncoder().encode(body) : body, {
    event: (event, raw) => outcomes.push({ is: 'event', event: { ...event }, raw: raw.slice() }),
    notARequest: (reason) => outcomes.push({ is: 'not_a_request', reason }),
    deadLetter: (reason, raw) => outcomes.push({ is: 'dead_letter', reason, raw: raw.slice() }),
  });
  return {
    outcomes,
    events: outcomes.flatMap((outcome) => (outcome.is === 'event' ? [outcome.event] : [])),
    reasons: outcomes.flatMap((outcome) => (outcome.is === 'event' ? [] : [outcome.reason])),
  };
}
