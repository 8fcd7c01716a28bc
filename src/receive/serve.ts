import { ROOT_CONTEXT, type Span, trace } from '@opentelemetry/api';
import { authorize } from '../auth/authorize.ts';
import type { Principal, TokenTable } from '../auth/tokens.ts';
import type { Clock } from '../model/clock.ts';
import { type Carrier, injectContext } from '../telemetry/context.ts';
import type { Log } from '../telemetry/log.ts';
import { type BodySource, readBody } from './body.ts';
import { type DoorAnswer, type DoorRoute, mediaType } from './door.ts';
import { Refusal } from './errors.ts';
import type { ByteBudget, ReceiveLimits } from './limits.ts';
import type { RequestCounters } from './request-counters.ts';
import { endRequestSpan, startRequestSpan } from './request-span.ts';

export interface ServeOptions {
  tokens: TokenTable;
  limits: ReceiveLimits;
  budget: ByteBudget;
  counters: RequestCounters;
  clock: Clock;
  ids: () => string;
  log: Log;
  messagingSystem: string;
  /** Whether the provider may send just now; asked before anything of a body is read. */
  admit?: ((provider: string) => Promise<boolean>) | undefined;
}

/** A request as serving needs it. */
export interface Caller extends BodySource {
  readonly method: string;
}

/** What every door has in common: who asks, how much, what it is counted as. Never rejects. */
export type Serve = (
  route: DoorRoute,
  request: Caller,
  pathToken: string | null,
) => Promise<DoorAnswer>;

export function createServe(options: ServeOptions): Serve {
  const { counters, ids } = options;
  const outage = outageLog(options.log);
  return async (route, request, pathToken) => {
    const span = startRequestSpan(route.input, options.messagingSystem);
    const hold = options.budget.hold();
    const contentType = mediaType(request.headers.get('content-type'));
    let body: Uint8Array | null = null;
    let answer: DoorAnswer;
    let refusal: Refusal | null = null;
    try {
      if (request.method !== route.method) throw wrongMethod(route, request.method);
      const receivedAt = options.clock();
      const { provider, cluster = null } = senderOf(options.tokens, request, pathToken);
      span?.setAttribute('meshpulse.provider', provider);
      if ((await options.admit?.(provider)) === false) throw tooOften(provider);
      const read = await readBody(request, options.limits, hold);
      counters.body(route.input, read.travelled);
      body = read.bytes;
      const traceContext = contextOf(span);
      const about = { provider, cluster, contentType, receivedAt, traceContext };
      answer = await route.door({ ...about, body });
      if (answer.appended > 0) outage.over();
      counters.acknowledged(route.input, provider, answer.records);
    } catch (error) {
      const requestId = ids();
      refusal = asRefusal(error, requestId, options.log);
      if (refusal.code === 'stream_unavailable') outage.seen(refusal.cause);
      answer = {
        ...route.refuse(refusal, { requestId, contentType, body }),
        records: 0,
        appended: 0,
      };
      answer.headers['x-request-id'] = requestId;
    } finally {
      hold.release();
    }
    const { status, appended } = answer;
    const refused = refusal?.code ?? null;
    counters.answered(route.input, status, refused);
    if (span !== null) endRequestSpan(span, { status, appended, refused });
    const { headers } = answer;
    const origin = route.cors?.['access-control-allow-origin'];
    if (origin !== undefined) headers['access-control-allow-origin'] = origin;
    return answer;
  };
}

/** What travels with the parts; null when the span is not sampled. */
function contextOf(span: Span | null): Carrier | null {
  if (span?.isRecording() !== true) return null;
  const carrier = injectContext(trace.setSpan(ROOT_CONTEXT, span));
  return Object.keys(carrier).length === 0 ? null : carrier;
}

function wrongMethod({ method, cors }: DoorRoute, found: string): Refusal {
  const allow = cors === null ? method : `${method}, OPTIONS`;
  return new Refusal('method_not_allowed', `${found} is not answered here, ${allow} is`, {
    headers: { allow },
  });
}

function tooOften(provider: string): Refusal {
  return new Refusal('rate_limited', `${provider} sends too many requests`);
}

function senderOf(tokens: TokenTable, request: Caller, pathToken: string | null): Principal {
  const authorization = request.headers.get('authorization');
  const result = authorize(tokens, { authorization, pathToken }, 'ingest');
  if (result.allowed) return result.principal;
  throw new Refusal(result.code, result.message, {
    headers: { 'www-authenticate': result.challenge },
  });
}

/** Anything but a refusal is a fault of ours; its message stays in the log. */
function asRefusal(error: unknown, requestId: string, log: Log): Refusal {
  if (error instanceof Refusal) return error;
  const stack = error instanceof Error ? error.stack : String(error);
  log.error('request_failed', { requestId, error: stack });
  return new Refusal('internal_error', 'this should not have happened', { cause: error });
}

/** One line when the stream goes and one when it is back, however many requests are refused in between. */
function outageLog(log: Log) {
  let down = false;
  return {
    seen(cause: unknown) {
      if (!down) log.warn('stream_unavailable', { error: String(cause) });
      down = true;
    },
    over() {
      if (down) log.info('stream_available');
      down = false;
    },
  };
}
