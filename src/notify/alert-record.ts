import type { Alert } from '../model/alert.ts';
import { isText, readObject } from '../model/json.ts';
import { isSequence, isStatus } from '../model/notification.ts';

/** Null when the bytes are no alert of this version. Checks what every decision stands on. */
export function decodeAlert(value: Uint8Array | null): Alert | null {
  const read = readObject(value);
  if (read === null) return null;
  const { key, service, status, startsAt, sequence, transition, opened } = read;
  const sound =
    isText(key) &&
    isText(service) &&
    isStatus(status) &&
    typeof startsAt === 'number' &&
    isSequence(sequence) &&
    isObject(transition) &&
    isObject(opened);
  return sound ? (read as unknown as Alert) : null;
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
