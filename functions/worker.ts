import manifest from '../package.json' with { type: 'json' };
import { authorize } from '../src/auth/authorize.ts';
import { TokenTable } from '../src/auth/tokens.ts';
import { createReceiver } from '../src/receive/app.ts';
import { Metrics } from '../src/telemetry/metrics.ts';
import { startTracing } from '../src/telemetry/tracing.ts';
import { type LaneNamespace, Lanes } from './lanes.ts';
import { platformLimit, type RateLimit } from './platform-limit.ts';
import { readSettings } from './settings/read.ts';
import { rateLimits, receiveSettings } from './settings/receive-settings.ts';
import { traceSettings } from './settings/trace-settings.ts';
import { consoleLog } from './worker-log.ts';

export { Lane } from './lane.ts';

/** The receiver as a Cloudflare Worker. Settings: wrangler.toml. */
export default {
  async fetch(request: Request, env: Bindings, context: WorkerContext): Promise<Response> {
    try {
      receiver ??= start(env);
    } catch (error) {
      consoleLog.error('settings_wrong', { settings: String(error) });
      return new Response('this Worker is not set up right: see its log\n', { status: 500 });
    }
    const { app, lanes, tracing } = receiver;
    const answering = Promise.resolve(app.fetch(request, undefined, context));
    // A client that hangs up ends what nobody waits for: then the bytes of its body would be held for ever.
    context.waitUntil(answering);
    const response = await answering;
    for (const work of [lanes.tellSoon(Date.now()), tracing.flush()]) {
      if (work !== null) context.waitUntil(work);
    }
    return response;
  },
};

/** What wrangler.toml binds, beside the settings. */
interface Bindings {
  LANE: LaneNamespace;
  POSTS_LIMIT?: RateLimit;
}

/** The part of Cloudflare's execution context that is used. */
interface WorkerContext {
  waitUntil(work: Promise<unknown>): void;
  passThroughOnException(): void;
  props: unknown;
}

let receiver: ReturnType<typeof start> | undefined;

/** Once per isolate. Throws when a setting is wrong: then no request is taken, and the log says why. */
function start(env: Bindings) {
  const { tokens, limits } = readSettings(receiveSettings, env);
  const tracesTo = readSettings(traceSettings, env);
  const table = new TokenTable(tokens);
  const metrics = new Metrics();
  const lanes = new Lanes({
    lanes: env.LANE,
    env,
    metrics,
    recordsPerSecond: rateLimits(tokens),
  });
  const tracing = startTracing({
    ...tracesTo,
    version: manifest.version,
    log: consoleLog,
    metrics,
  });
  const app = createReceiver({
    sink: lanes.sink,
    tokens,
    limits,
    clock: Date.now,
    ids: () => crypto.randomUUID(),
    metrics,
    log: consoleLog,
    messagingSystem: 'kafka',
    ...(env.POSTS_LIMIT && { admit: platformLimit(env.POSTS_LIMIT, consoleLog) }),
  });
  app.get('/healthz', (context) => context.json({ status: 'ok' }));
  app.get('/metrics', async (context) => {
    const authorization = context.req.header('authorization') ?? null;
    const may = authorize(table, { authorization, pathToken: null }, 'query');
    if (!may.allowed) {
      return context.text(`${may.message}\n`, may.status, { 'www-authenticate': may.challenge });
    }
    const exposition = await lanes.exposition();
    return context.text(exposition, 200, { 'content-type': 'text/plain; version=0.0.4' });
  });
  return { app, lanes, tracing };
}
