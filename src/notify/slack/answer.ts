import { PermanentError, RetryableError } from '../../model/errors.ts';
import { InDoubtError, ReceiverGone } from '../port.ts';
import { printable } from '../wording.ts';

export interface SlackAnswer {
  status: number;
  retryAfter: string | null;
  /** The start of the body. */
  body: string;
}

/** Slack took the message, or the error that says what to do now. `at` is ms since the epoch. */
export function judge(answer: SlackAnswer, at: number): PermanentError | RetryableError | null {
  const { status, body } = answer;
  // A JSON body with `"ok":false` can come with 200 too: only the text `ok` is a success.
  if (status === 200 && body.trim() === 'ok') return null;
  const said = `Slack answered ${status} ${JSON.stringify(printable(body.trim().slice(0, 100)))}`;
  if (status === 429) {
    const retryAfterSeconds = waitAsked(answer, at);
    return new RetryableError(said, retryAfterSeconds === null ? {} : { retryAfterSeconds });
  }
  if (status === 408 || status >= 500) return new InDoubtError(said);
  if (status === 403 || status === 404 || status === 410) {
    return new ReceiverGone(`${said}: the webhook or its channel is gone; make a new webhook`);
  }
  const text = `${said}; only 200 "ok" means taken`;
  return status === 400 ? new MessageRefused(text) : new PermanentError(text);
}

/** 400: something in this message (`invalid_payload`, `invalid_blocks`, `msg_blocks_too_long`). */
export class MessageRefused extends PermanentError {
  override readonly name: string = 'MessageRefused';
}

/** Seconds from `Retry-After` (RFC 9110 10.2.3: seconds or a date), else from the JSON body's `retry_after`. */
function waitAsked({ retryAfter, body }: SlackAnswer, at: number): number | null {
  const header = retryAfter?.trim() ?? '';
  if (/^\d{1,9}(\.\d+)?$/.test(header)) return Number(header);
  const date = Date.parse(header);
  if (!Number.isNaN(date)) return Math.max(0, (date - at) / 1000);
  const inBody = /"retry_after"\s*:\s*(\d{1,9})\b/.exec(body)?.[1];
  return inBody === undefined ? null : Number(inBody);
}
