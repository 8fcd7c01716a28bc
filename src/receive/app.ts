import { type Context, Hono } from 'hono';
import { type TokenEntry, TokenTable } from '../auth/tokens.ts';
import type { Clock } from '../model/clock.ts';
import type { RecordSink } from '../stream/sink.ts';
import { type Log, noLog } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { accessLogsRoute } from './access-logs-door.ts';
import { DeadLetterSamples } from './dead-letter-samples.ts';
import { Refusal } from './errors.ts';
import { createIngest } from './ingest.ts';
import { jsonRefusal } from './json-error.ts';
import { ByteBudget, effectiveLimits, type ReceiveLimits } from './limits.ts';
import { otlpLogsRoute } from './otlp-logs-door.ts';
import { requestCounters } from './request-counters.ts';
import { createServe } from './serve.ts';
import { zipkinRoute } from './zipkin-door.ts';

export interface ReceiverOptions {
  sink: RecordSink;
  metrics: Metrics;
  /** Wall clock, ms since the epoch. */
  clock: Clock;
  /** Makes the ids of refused requests: unique, nothing to guess from. */
  ids: () => string;
  log?: Log;
  /** None: everyone may send, as provider `anonymous`. */
  tokens?: readonly TokenEntry[];
  limits?: Partial<ReceiveLimits>;
  /** Where docs/failure-modes.md can be read. */
  docsUrl?: string;
  /** `messaging.system` of its own spans. */
  messagingSystem?: string;
}

/** The doors as a Hono app on Web Request and Response: for the Worker, for Node, for tests. Mount it at `/`. */
export function createReceiver(options: ReceiverOptions): Hono {
  const { sink, metrics, clock, ids, log = noLog, docsUrl = 'docs/failure-modes.md' } = options;
  const limits = effectiveLimits(options.limits);
  const samples = new DeadLetterSamples(sink, clock, metrics);
  const counters = requestCounters(metrics);
  const ingest = createIngest({ sink, maxRecords: limits.maxRecords, samples });
  const serve = createServe({
    tokens: new TokenTable(options.tokens ?? []),
    limits,
    budget: new ByteBudget(limits.maxBytesInFlight),
    counters,
    clock,
    ids,
    log,
    messagingSystem: options.messagingSystem ?? 'meshpulse',
  });

  const app = new Hono();
  for (const route of [
    otlpLogsRoute(ingest),
    accessLogsRoute(ingest, docsUrl),
    zipkinRoute(ingest),
  ]) {
    for (const path of [route.path, `/t/:token${route.path}`]) {
      const { cors } = route;
      if (cors !== null)
        app.options(path, () => new Response(null, { status: 204, headers: cors }));
      app.all(path, async (context) => {
        const token = context.req.param('token') ?? null;
        const response = await serve(route, context.req.raw, token);
        if (samples.pending !== null) keepAlive(context, samples.pending);
        return response;
      });
    }
  }
  app.notFound((context) => {
    const refusal = new Refusal('not_found', `nothing is at ${context.req.path.slice(0, 200)}`);
    const { status, headers, body } = jsonRefusal(refusal, ids(), docsUrl);
    counters.answered('none', status, refusal.code);
    return new Response(body as string, { status, headers });
  });
  return app;
}

/** A Worker's isolate may be stopped once it has answered; Node has no such context. */
function keepAlive(context: Context, work: Promise<void>): void {
  try {
    context.executionCtx.waitUntil(work);
  } catch {
    // Hono throws where there is no execution context.
  }
}
