import manifest from '../package.json' with { type: 'json' };
import { createReceiver } from '../src/receive/app.ts';
import { Metrics } from '../src/telemetry/metrics.ts';
import { startTracing } from '../src/telemetry/tracing.ts';
import { lambdaHandler } from './lambda-handler.ts';
import { lambdaLog } from './lambda-log.ts';
import { readSettings, WrongSettings } from './settings/read.ts';
import { rateLimits, receiveSettings } from './settings/receive-settings.ts';
import { traceSettings } from './settings/trace-settings.ts';
import { openSink } from './sink.ts';

/** Lambda takes events of 6 MB, in which compressed bytes are base64: a third more. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;

/** Answers wait for it: the process is frozen behind them. */
const EXPORT_MS = 1_000;

/** Rather than to take them and hold nobody to them. */
const NO_RATES =
  'MESHPULSE_TOKENS: recordsPerSecond is not possible here, where no process sees all that a provider sends';

const { app, tracing } = start(process.env);

/** The receiver on AWS Lambda. Settings: docs/deploy-lambda.md. A wrong one ends the function's start. */
export const handler = lambdaHandler(app, () => tracing.flush());

function start(env: NodeJS.ProcessEnv) {
  try {
    const { tokens, limits } = readSettings(receiveSettings, {
      MESHPULSE_MAX_BODY_BYTES: `${MAX_BODY_BYTES}`,
      ...env,
    });
    if (rateLimits(tokens).size > 0) throw new WrongSettings(NO_RATES);
    const metrics = new Metrics();
    const tracing = startTracing({
      ...readSettings(traceSettings, env),
      version: manifest.version,
      log: lambdaLog,
      metrics,
      timeoutMs: EXPORT_MS,
    });
    const app = createReceiver({
      sink: openSink(env, lambdaLog),
      tokens,
      limits,
      clock: Date.now,
      ids: () => crypto.randomUUID(),
      metrics,
      log: lambdaLog,
      messagingSystem: 'kafka',
    });
    app.get('/healthz', (context) => context.json({ status: 'ok' }));
    return { app, tracing };
  } catch (error) {
    lambdaLog.error('settings_wrong', { settings: String(error) });
    throw error;
  }
}
