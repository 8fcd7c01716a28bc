import type { AlertStatus } from './alert.ts';
import type { Sequence } from './breaker.ts';
import { isText, isTime, readObject } from './json.ts';

/** Why a message is sent. */
export type SendReason =
  /** The receiver does not know of an open incident under this key. */
  | 'first_notification'
  /** It knows of an earlier incident whose end it was never told: this is another one. */
  | 'reopened'
  /** It was, or may have been, told of the opening: it hears of the end. */
  | 'resolved';

/** What a receiver was last told of one alert; the value on `notifications`, keyed by {@link notificationKey}. */
export interface Told {
  receiver: string;
  alertKey: string;
  status: AlertStatus;
  sequence: Sequence;
  startsAt: number;
  /** ms since the epoch, by the notifier's clock. */
  sentAt: number;
  /** How many times sending was tried, the last one included. */
  attempts: number;
  reason: SendReason;
}

/**
 * That an opening is about to be told; the value under {@link begunKey}. It stands there only while the answer is not
 * known: what is found after a restart may have arrived.
 */
export interface Begun {
  begun: true;
  receiver: string;
  alertKey: string;
  startsAt: number;
}

/** Who was told of what. */
export type Addressed = Pick<Told, 'receiver' | 'alertKey'>;

/** Names of receivers hold no `/`. */
export function notificationKey({ receiver, alertKey }: Addressed): string {
  return `${receiver}/${alertKey}`;
}

/** No alert key ends so: the last part of one is a basis. */
export function begunKey(addressed: Addressed): string {
  return `${notificationKey(addressed)}#begun`;
}

/** What a {@link notificationKey} names; null for any other key. */
export function addressOf(key: string): Addressed | null {
  const slash = key.indexOf('/');
  if (slash < 0 || key.endsWith('#begun')) return null;
  return { receiver: key.slice(0, slash), alertKey: key.slice(slash + 1) };
}

export function encodeTold(told: Told): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(told));
}

export function encodeBegun({ receiver, alertKey, startsAt }: Told): Uint8Array {
  const begun: Begun = { begun: true, receiver, alertKey, startsAt };
  return new TextEncoder().encode(JSON.stringify(begun));
}

/** What the bytes say was told, or is being told; null when they say neither. Unknown fields are left out. */
export function decodeNotification(value: Uint8Array | null): Told | Begun | null {
  const read = readObject(value);
  if (read === null) return null;
  const { receiver, alertKey, startsAt, begun } = read;
  if (!isText(receiver) || !isText(alertKey) || alertKey === '' || !isTime(startsAt)) return null;
  if (begun === true) return { begun, receiver, alertKey, startsAt };
  const { status, sequence, sentAt, attempts, reason } = read;
  if (!isStatus(status) || !isSequence(sequence) || !isTime(sentAt)) return null;
  if (typeof attempts !== 'number' || !(attempts >= 0) || !isText(reason)) return null;
  // A newer notifier may name a reason that is not known here.
  const why = reason as SendReason;
  return { receiver, alertKey, status, sequence, startsAt, sentAt, attempts, reason: why };
}

export function isStatus(value: unknown): value is AlertStatus {
  return value === 'firing' || value === 'resolved';
}

export function isSequence(value: unknown): value is Sequence {
  return (
    Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === 'number')
  );
}
