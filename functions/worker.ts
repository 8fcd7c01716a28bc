import { createReceiver } from '../src/receive/app.ts';
import { Metrics } from '../src/telemetry/metrics.ts';
import { type LaneNamespace, laneSink } from './lane-namespace.ts';
import { readSettings } from './settings/read.ts';
import { receiveSettings } from './settings/receive-settings.ts';
import { consoleLog } from './worker-log.ts';

export { Lane } from './lane.ts';

/** The receiver as a Cloudflare Worker. Settings: wrangler.toml. */
export default {
  async fetch(request: Request, env: Bindings, context: WorkerContext): Promise<Response> {
    try {
      app ??= start(env);
    } catch (error) {
      consoleLog.error('settings_wrong', { settings: String(error) });
      return new Response('this Worker is not set up right: see its log\n', { status: 500 });
    }
    return app.fetch(request, undefined, context);
  },
};

/** What wrangler.toml binds, beside the settings. */
interface Bindings {
  LANE: LaneNamespace;
}

/** The part of Cloudflare's execution context that is used. */
interface WorkerContext {
  waitUntil(work: Promise<unknown>): void;
  passThroughOnException(): void;
  props: unknown;
}

let app: ReturnType<typeof start> | undefined;

/** Once per isolate. Throws when a setting is wrong: then no request is taken, and the log says why. */
function start(env: Bindings) {
  const { tokens, limits } = readSettings(receiveSettings, env);
  const receiver = createReceiver({
    sink: laneSink(env.LANE, env),
    tokens,
    limits,
    clock: Date.now,
    ids: () => crypto.randomUUID(),
    metrics: new Metrics(),
    log: consoleLog,
    messagingSystem: 'kafka',
  });
  receiver.get('/healthz', (context) => context.json({ status: 'ok' }));
  return receiver;
}
