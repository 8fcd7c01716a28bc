import type { Clock, Timers } from '../../model/clock.ts';
import { RetryableError } from '../../model/errors.ts';
import { InDoubtError, type Receiver } from '../port.ts';
import { judge, MessageRefused, type SlackAnswer } from './answer.ts';
import { slackMessage } from './message.ts';

export interface SlackWebhookOptions {
  /** Unique among the receivers; `slack` when there is one. */
  name: string;
  /** The incoming webhook's address. A secret: whoever has it can post. */
  url: string;
  clock: Clock;
  timers: Timers;
  fetch?: typeof globalThis.fetch;
  /** From the first byte sent to the last read. */
  timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 10_000;
const MAX_ANSWER_LENGTH = 1024;

/**
 * A Slack channel behind an incoming webhook.
 *
 * Throws a TypeError when the address cannot be one: it must be https, or http to this machine. The address is never
 * part of an error.
 */
export function slackWebhook(options: SlackWebhookOptions): Receiver {
  const url = webhookUrl(options.url);
  return {
    name: options.name,
    async send(notification, signal) {
      const message = slackMessage(notification);
      const failure = await post(url, message, options, signal);
      if (failure === null) return;
      if (!(failure instanceof MessageRefused)) throw failure;
      // It may be the blocks that Slack dislikes (invalid_blocks): the plain text may still be taken.
      const second = await post(url, { text: message.text }, options, signal);
      if (second !== null) throw second;
    },
  };
}

function webhookUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null) throw new TypeError('the Slack webhook URL is not a URL');
  const local = ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
  if (url.protocol !== 'https:' && !(local && url.protocol === 'http:')) {
    throw new TypeError(
      `the Slack webhook URL begins with "${url.protocol}"; allowed is https:, or http: to this machine`,
    );
  }
  if (url.username !== '' || url.password !== '') {
    throw new TypeError('the Slack webhook URL holds a user name or password; Slack has none');
  }
  return url;
}

async function post(
  url: URL,
  payload: unknown,
  { fetch = globalThis.fetch, clock, timers, timeoutMs = DEFAULT_TIMEOUT_MS }: SlackWebhookOptions,
  signal: AbortSignal,
): Promise<Error | null> {
  const timeout = new AbortController();
  const answered = new AbortController();
  // Whether an aborted sleep resolves or rejects is the timers' choice.
  timers.sleep(timeoutMs, answered.signal).then(
    () => answered.signal.aborted || timeout.abort(),
    () => {},
  );
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify(payload),
      redirect: 'manual',
      signal: AbortSignal.any([signal, timeout.signal]),
    });
    return judge(await readAnswer(response), clock());
  } catch (error) {
    if (signal.aborted) return new InDoubtError('sending to Slack was stopped');
    if (timeout.signal.aborted) return new InDoubtError(`no answer from Slack in ${timeoutMs} ms`);
    return unreachable(error);
  } finally {
    answered.abort();
  }
}

/** The start of the body; the rest is not read. */
async function readAnswer(response: Response): Promise<SlackAnswer> {
  const decoder = new TextDecoder();
  const reader = response.body?.getReader();
  let body = '';
  while (reader && body.length < MAX_ANSWER_LENGTH) {
    const { done, value } = await reader.read();
    if (done) break;
    body += decoder.decode(value, { stream: true });
  }
  // Not awaited: it waits for the other side.
  reader?.cancel().catch(() => {});
  return { status: response.status, retryAfter: response.headers.get('retry-after'), body };
}

const NEVER_CONNECTED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Names only the code: message and cause of what fetch throws can hold the address. */
function unreachable(error: unknown): RetryableError {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const safe = /^[A-Z0-9_]{1,40}$/.test(code) ? code : 'network error';
  const text = `Slack could not be reached: ${safe}`;
  return NEVER_CONNECTED.has(code) ? new RetryableError(text) : new InDoubtError(text);
}
