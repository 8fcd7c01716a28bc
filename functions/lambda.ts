import { createReceiver } from '../src/receive/app.ts';
import { Metrics } from '../src/telemetry/metrics.ts';
import { lambdaHandler } from './lambda-handler.ts';
import { lambdaLog } from './lambda-log.ts';
import { readSettings, WrongSettings } from './settings/read.ts';
import { rateLimits, receiveSettings } from './settings/receive-settings.ts';
import { openSink } from './sink.ts';

/** Lambda takes events of 6 MB, in which compressed bytes are base64: a third more. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;

/** Rather than to take them and hold nobody to them. */
const NO_RATES =
  'MESHPULSE_TOKENS: recordsPerSecond is not possible here, where no process sees all that a provider sends';

/** The receiver on AWS Lambda. Settings: docs/deploy-lambda.md. A wrong one ends the function's start. */
export const handler = lambdaHandler(start(process.env));

function start(env: NodeJS.ProcessEnv) {
  try {
    const { tokens, limits } = readSettings(receiveSettings, {
      MESHPULSE_MAX_BODY_BYTES: `${MAX_BODY_BYTES}`,
      ...env,
    });
    if (rateLimits(tokens).size > 0) throw new WrongSettings(NO_RATES);
    const receiver = createReceiver({
      sink: openSink(env, lambdaLog),
      tokens,
      limits,
      clock: Date.now,
      ids: () => crypto.randomUUID(),
      metrics: new Metrics(),
      log: lambdaLog,
      messagingSystem: 'kafka',
    });
    receiver.get('/healthz', (context) => context.json({ status: 'ok' }));
    return receiver;
  } catch (error) {
    lambdaLog.error('settings_wrong', { settings: String(error) });
    throw error;
  }
}
