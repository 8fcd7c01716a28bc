import { z } from 'zod';
import { createReceiver } from '../src/receive/app.ts';
import { DEFAULT_LIMITS } from '../src/receive/limits.ts';
import { MemoryStream } from '../src/stream/memory/memory-stream.ts';
import { Metrics } from '../src/telemetry/metrics.ts';
import { consoleLog } from './worker-log.ts';

/** The receiver as a Cloudflare Worker. Settings: wrangler.toml. */
export default {
  async fetch(request: Request, env: unknown, context: WorkerContext): Promise<Response> {
    try {
      app ??= start(env);
    } catch (error) {
      const settings = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
      consoleLog.error('settings_wrong', { settings });
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

const bytes = z.coerce.number().int().positive();

const Token = z.strictObject({
  provider: z.string().min(1),
  scopes: z.array(z.enum(['ingest', 'query', 'admin'])).min(1),
  cluster: z.string().min(1).max(63).optional(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/i, 'must be 64 hex characters'),
});

/** Other bindings may be there too, so unknown keys are let through. */
const Env = z.object({
  MESHPULSE_TOKENS: z
    .string()
    .default('[]')
    .transform((text, context) => {
      try {
        return JSON.parse(text) as unknown;
      } catch {
        context.addIssue('must be JSON');
        return z.NEVER;
      }
    })
    .pipe(z.array(Token)),
  MESHPULSE_MAX_BODY_BYTES: bytes.default(DEFAULT_LIMITS.maxBodyBytes),
  MESHPULSE_MAX_INFLATED_BYTES: bytes.default(DEFAULT_LIMITS.maxInflatedBytes),
  MESHPULSE_MAX_RECORDS: bytes.default(DEFAULT_LIMITS.maxRecords),
  // An isolate has 128 MB for everything.
  MESHPULSE_MAX_BYTES_IN_FLIGHT: bytes.default(64 * 1024 * 1024),
});

/** Once per isolate. Throws when a setting is wrong: then no request is taken, and the log says why. */
function start(env: unknown) {
  const settings = Env.parse(env);
  const receiver = createReceiver({
    // For now: what it takes lives as long as the isolate. The Kafka sinks take this place.
    sink: new MemoryStream({ clock: Date.now }),
    tokens: settings.MESHPULSE_TOKENS,
    limits: {
      maxBodyBytes: settings.MESHPULSE_MAX_BODY_BYTES,
      maxInflatedBytes: settings.MESHPULSE_MAX_INFLATED_BYTES,
      maxRecords: settings.MESHPULSE_MAX_RECORDS,
      maxBytesInFlight: settings.MESHPULSE_MAX_BYTES_IN_FLIGHT,
    },
    clock: Date.now,
    ids: () => crypto.randomUUID(),
    metrics: new Metrics(),
    log: consoleLog,
  });
  receiver.get('/healthz', (context) => context.json({ status: 'ok' }));
  return receiver;
}
