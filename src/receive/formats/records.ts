import type { DeadLetterReason, NotARequestReason } from '../../model/input.ts';
import type { RequestEvent } from '../../model/request-event.ts';

/**
 * Where a format's reader puts what it reads. A reader is `(body: Uint8Array, out: Records) => void`: bytes in,
 * records out, no I/O. It calls exactly one of these per input record, in the order of the body.
 *
 * `event` may be one object that the reader fills again and again: take what you need before you return.
 * `raw` is the record's own bytes (a view into the body, or a copy): hashed for duplicates, sampled for dead letters.
 */
export interface Records {
  event(event: RequestEvent, raw: Uint8Array): void;
  notARequest(reason: NotARequestReason): void;
  deadLetter(reason: DeadLetterReason, raw: Uint8Array): void;
}

/** The whole body is unusable, in words its sender can act on. Zipkin's JSON fails whole by contract. */
export class UnreadableBody extends Error {
  override readonly name = 'UnreadableBody';
}
