import { base64 } from './base64.ts';
import type { KafkaRestApi } from './options.ts';
import { type Outcome, outcomeOfStatus } from './outcome.ts';

export interface Exchange {
  api: KafkaRestApi;
  path: string;
  method: 'GET' | 'POST';
  accept: string;
  contentType?: string;
  body?: string | ReadableStream<Uint8Array>;
  /** How long it may take, to the last byte of the answer, ms. */
  forMs: number;
}

/** What came back. */
export interface Reply {
  status: number;
  text: string;
  /** Why the text ends too early; null: it does not. */
  broken: string | null;
  /** How long it asks to be left alone, ms. */
  retryAfterMs: number;
}

/** Nothing came back. */
export interface NoReply {
  status: null;
  why: string;
  /** False when the request cannot have arrived. */
  sent: boolean;
}

/** Sends a request. Never rejects. */
export async function exchange(request: Exchange): Promise<Reply | NoReply> {
  const { api, path, method, accept, contentType, body, forMs } = request;
  const stop = new AbortController();
  // Unlike AbortSignal.timeout, nothing is left of it once it has ended: a Durable Object with a timer does not sleep.
  const timer = setTimeout(() => stop.abort(new Error(`no answer within ${forMs} ms`)), forMs);
  try {
    const init = {
      method,
      headers: {
        accept,
        ...(contentType && { 'content-type': contentType }),
        ...(api.auth && {
          authorization: `Basic ${base64(`${api.auth.username}:${api.auth.password}`)}`,
        }),
      },
      body: body ?? null,
      // What fetch wants to hear of a body that is streamed.
      duplex: 'half' as const,
      // It would be sent again to whom nobody has named.
      redirect: 'manual' as const,
      signal: stop.signal,
    };
    const response = await fetch(`${api.url.replace(/\/+$/, '')}${path}`, init);
    const retryAfterMs = retryAfter(response.headers.get('retry-after'), Date.now());
    return { status: response.status, retryAfterMs, ...(await textOf(response)) };
  } catch (error) {
    return { status: null, why: whyOf(error), sent: !NOT_CONNECTED.has(codeOf(error)) };
  } finally {
    clearTimeout(timer);
  }
}

/** What a reply says of the request as a whole, if it does not speak of each record. */
export function outcomeOfAll(reply: Reply | NoReply): Outcome {
  if (reply.status === null) return { kind: 'again', why: reply.why, inDoubt: reply.sent };
  return outcomeOfStatus(reply.status, `HTTP status ${reply.status}: ${messageIn(reply.text)}`);
}

async function textOf({ body }: Response): Promise<Pick<Reply, 'text' | 'broken'>> {
  let text = '';
  if (body === null) return { text, broken: null };
  const decoder = new TextDecoder();
  const reader = body.getReader();
  try {
    for (let bytes = 0; ; ) {
      const { done, value } = await reader.read();
      if (done) return { text, broken: null };
      bytes += value.byteLength;
      if (bytes > MOST_ANSWERED_BYTES) {
        await reader.cancel();
        return { text, broken: 'the answer is too long' };
      }
      text += decoder.decode(value, { stream: true });
    }
  } catch (error) {
    return { text, broken: whyOf(error) };
  }
}

/** Both versions have `message`. */
function messageIn(text: string): string {
  let message: unknown;
  try {
    message = (JSON.parse(text) as { message?: unknown }).message;
  } catch {
    // Of a proxy in between.
  }
  return (typeof message === 'string' ? message : text).slice(0, 300);
}

/** Seconds or a date. */
function retryAfter(header: string | null, now: number): number {
  if (header === null) return 0;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isNaN(ms) ? 0 : Math.min(Math.max(ms, 0), LONGEST_PAUSE_MS);
}

/** Of Node; elsewhere a connection that was refused cannot be told from one that broke. */
function codeOf(error: unknown): string {
  return (error as { cause?: { code?: string } } | null)?.cause?.code ?? '';
}

/** `fetch failed` is not why. */
function whyOf(error: unknown): string {
  const { message = String(error), cause } = (error ?? {}) as Error;
  const root = (cause as Error | undefined)?.message;
  return root ? `${message}: ${root}` : message;
}

const NOT_CONNECTED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN']);
/** Reports are a few hundred bytes, and a request has as many records as fit. */
const MOST_ANSWERED_BYTES = 16 * 1024 * 1024;
/** Whoever asks for more is asked again all the same. */
const LONGEST_PAUSE_MS = 5 * 60_000;
