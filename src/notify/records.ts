import type { Alert, AlertStatus } from '../model/alert.ts';
import type { Sequence } from '../model/breaker.ts';

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

export function notificationKey({ receiver, alertKey }: Told): string {
  return `${receiver}/${alertKey}`;
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

/** No alert key ends so: the last part of one is a basis. */
export function begunKey(told: Told): string {
  return `${notificationKey(told)}#begun`;
}

export function encodeBegun({ receiver, alertKey, startsAt }: Told): Uint8Array {
  const begun: Begun = { begun: true, receiver, alertKey, startsAt };
  return new TextEncoder().encode(JSON.stringify(begun));
}

export function encodeTold(told: Told): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(told));
}

/** Null when the bytes are no notification of this version. */
export function decodeTold(value: Uint8Array | null): Told | null {
  const read = parse(value);
  if (read === null || !isState(read)) return null;
  return typeof read.receiver === 'string' && typeof read.alertKey === 'string'
    ? (read as unknown as Told)
    : null;
}

/** Null when the bytes say nothing of a beginning. */
export function decodeBegun(value: Uint8Array | null): Begun | null {
  const read = parse(value);
  if (read === null || read.begun !== true || typeof read.startsAt !== 'number') return null;
  return typeof read.receiver === 'string' && typeof read.alertKey === 'string'
    ? (read as unknown as Begun)
    : null;
}

/** Null when the bytes are no alert of this version. */
export function decodeAlert(value: Uint8Array | null): Alert | null {
  const read = parse(value);
  if (read === null || !isState(read) || !isObject(read.transition) || !isObject(read.opened)) {
    return null;
  }
  return typeof read.key === 'string' && typeof read.service === 'string'
    ? (read as unknown as Alert)
    : null;
}

type Fields = Readonly<Record<string, unknown>>;

/** The fields that every decision stands on. */
function isState({ status, startsAt, sequence }: Fields): boolean {
  return (
    (status === 'firing' || status === 'resolved') &&
    typeof startsAt === 'number' &&
    Array.isArray(sequence) &&
    sequence.length === 2 &&
    sequence.every((part) => typeof part === 'number')
  );
}

function parse(value: Uint8Array | null): Fields | null {
  if (value === null) return null;
  try {
    const read: unknown = JSON.parse(new TextDecoder().decode(value));
    return isObject(read) ? read : null;
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}
