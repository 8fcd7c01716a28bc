import type { Alert } from '../model/alert.ts';
import { PermanentError, RetryableError } from '../model/errors.ts';

/** What one message says: the newest state of one or more incidents that changed together. */
export interface Notification {
  /** 1 to {@link MAX_ALERTS}, in the order they changed. */
  alerts: readonly Alert[];
  /** Where people reach the page, without a trailing slash; null when nobody said. */
  publicUrl: string | null;
}

/** Most alerts one notification holds; a receiver that cannot show them all says how many it left out. */
export const MAX_ALERTS = 100;

/**
 * Someone to tell: a Slack channel, a terminal.
 *
 * Contract:
 * - `send` resolves once the other side has taken the message, and makes one message of the notification.
 * - It rejects with {@link RetryableError} when the same message may be taken later, {@link InDoubtError} when it
 *   may even have been taken now, {@link PermanentError} when this message never will be, and
 *   {@link ReceiverGone} when no message will be. Any other error counts as permanent.
 * - It bounds its own time, and rejects soon after `signal` is aborted.
 * - Its errors hold no secret: they are logged and shown.
 * - Calls do not overlap. Pace, retries and memory of what was told are the notifier's.
 */
export interface Receiver {
  /** Unique; a metric label and part of the key of what was told. */
  readonly name: string;
  send(notification: Notification, signal: AbortSignal): Promise<void>;
}

/** Retryable, and the message may have arrived all the same: the answer was lost. */
export class InDoubtError extends RetryableError {
  override readonly name: string = 'InDoubtError';
}

/** The receiver takes nothing any more (the webhook or its channel is gone) until someone configures it anew. */
export class ReceiverGone extends PermanentError {
  override readonly name: string = 'ReceiverGone';
}
