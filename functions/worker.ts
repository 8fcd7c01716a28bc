import { createReceiver } from '../src/receive/app.ts';
import { MemoryStream } from '../src/stream/memory/memory-stream.ts';
import { Metrics } from '../src/telemetry/metrics.ts';
import { readSettings } from './settings/read.ts';
import { receiveSettings } from './settings/receive-settings.ts';
import { consoleLog } from './worker-log.ts';

/** The receiver as a Cloudflare Worker. Settings: wrangler.toml. */
export default {
  async fetch(request: Request, env: unknown, context: WorkerContext): Promise<Response> {
    try {
      app ??= start(env);
    } catch (error) {
      consoleLog.error('settings_wrong', { settings: String(error) });
      return new Response('this Worker is not set up right: see its log\n', { status: 500 });
    }
    return app.fetch(request, undefined, context);
  },
};

/** The part of Cloudflare's execution context that is used. */
interface WorkerContext {
  waitUntil(work: Promise<unknown>): void;
  passThroughOnException(): void;
  props: unknown;
}

let app: ReturnType<typeof start> | undefined;

/** Once per isolate. Throws when a setting is wrong: then no request is taken, and the log says why. */
function start(env: unknown) {
  const { tokens, limits } = readSettings(receiveSettings, env);
  const receiver = createReceiver({
    // For now: what it takes lives as long as the isolate. The Kafka sinks take this place.
    sink: new MemoryStream({ clock: Date.now }),
    tokens,
    limits,
    clock: Date.now,
    ids: () => crypto.randomUUID(),
    metrics: new Metrics(),
    log: consoleLog,
  });
  receiver.get('/healthz', (context) => context.json({ status: 'ok' }));
  return receiver;
}
