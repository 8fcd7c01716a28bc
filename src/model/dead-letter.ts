import type { DeadLetterReason, Input } from './input.ts';
import { isText, isTime, readObject } from './json.ts';

/** What the `dead-letters` topic holds, as JSON: samples to look at. The counts travel with the parts. */
export interface DeadLetterSample {
  reason: DeadLetterReason | 'undecodable_record';
  /** `@stream` where a record of the stream itself could not be decoded: what wrote it is not known. */
  provider: string;
  input: Input | 'requests';
  /** The record's first bytes; what is not UTF-8 in them is U+FFFD. */
  sample: string;
  /** ms since the epoch. */
  receivedAt: number;
}

export function encodeDeadLetter(sample: DeadLetterSample): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(sample));
}

/** Null when the bytes are no sample. A newer receiver may name a reason or an input that is not known here. */
export function decodeDeadLetter(value: Uint8Array | null): DeadLetterSample | null {
  const read = readObject(value);
  if (read === null) return null;
  const { reason, provider, input, sample, receivedAt } = read;
  return [reason, provider, input, sample].every(isText) && isTime(receivedAt)
    ? ({ reason, provider, input, sample, receivedAt } as DeadLetterSample)
    : null;
}
