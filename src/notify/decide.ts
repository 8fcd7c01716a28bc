import type { Alert } from '../model/alert.ts';
import { compareSequence, type Sequence } from '../model/breaker.ts';
import type { SendReason, Told } from '../model/notification.ts';

/** Why nothing is sent. */
export type SilentReason =
  /** The receiver is gone until someone configures it anew. */
  | 'disabled'
  /** It was told exactly this. */
  | 'already_sent'
  /** It was told, or is about to be told, something newer. */
  | 'superseded'
  /** The incident is over and the receiver never heard of it: there is nothing to tell. */
  | 'resolved_before_sent';

export type Decision = { send: true; reason: SendReason } | { send: false; reason: SilentReason };

/** What is known when an alert is decided on, for one receiver. */
export interface Knowledge {
  disabled: boolean;
  /** What it was last told under this key. */
  told: Told | undefined;
  /** The opening of this very incident may have reached it: it is on its way, or its answer was lost. */
  maybeTold: boolean;
}

type Stage = (alert: Alert, known: Knowledge) => Decision | null;

/** The first stage that has an opinion decides. */
const STAGES: readonly Stage[] = [
  (_, { disabled }) => (disabled ? silent('disabled') : null),
  (alert, { told }) =>
    told && sameState(alert, told) && !isNewer(alert, told) ? silent('already_sent') : null,
  (alert, { told }) => (told && !isNewer(alert, told) ? silent('superseded') : null),
  (alert, { told, maybeTold }) =>
    alert.status === 'resolved' && !maybeTold && !toldOpening(alert, told)
      ? silent('resolved_before_sent')
      : null,
  ({ status }) => (status === 'resolved' ? send('resolved') : null),
  (_, { told }) => (told?.status === 'firing' ? send('reopened') : null),
];

export function decide(alert: Alert, known: Knowledge): Decision {
  for (const stage of STAGES) {
    const decision = stage(alert, known);
    if (decision) return decision;
  }
  return send('first_notification');
}

interface State {
  sequence: Sequence;
  startsAt: number;
}

/**
 * Whether `a` is a later state of its alert than `b`. Sequences say so; they start again when the stream they
 * number is made anew, and an incident that began later must then not be taken for an old one.
 */
export function isNewer(a: State, b: State): boolean {
  return compareSequence(a.sequence, b.sequence) > 0 || a.startsAt > b.startsAt;
}

function sameState(alert: Alert, told: Told): boolean {
  return alert.startsAt === told.startsAt && alert.status === told.status;
}

function toldOpening(alert: Alert, told: Told | undefined): boolean {
  return told?.status === 'firing' && told.startsAt === alert.startsAt;
}

function send(reason: SendReason): Decision {
  return { send: true, reason };
}

function silent(reason: SilentReason): Decision {
  return { send: false, reason };
}
