import { join } from 'node:path';
import type { Config } from '../../config/config.ts';
import { loadConfig } from '../../config/load.ts';
import { noLog } from '../../telemetry/log.ts';
import { Metrics } from '../../telemetry/metrics.ts';
import type { Running } from '../running.ts';
import { VERSION } from '../version.ts';
import { startMeshpulse } from '../wire.ts';
import { type Stage, type StageOptions, WAIT_SECONDS } from './stage.ts';

/** All roles in this process, on the embedded stream. */
export async function embeddedStage(options: StageOptions): Promise<Stage> {
  const config = demoConfig(options);
  const { url, stop } = await startServer(config, options.port === undefined, options.onFailed);
  const ownSlack = config.notify.slack?.from !== STAND_IN;
  return { url, doors: url, tokens: config.tokens, ownSlack, processes: null, stop };
}

const STAND_IN = 'demo';

/** The defaults, but for the wait. */
function demoConfig({ folder, port, slackUrl }: StageOptions): Config {
  const config = loadConfig({ flags: { ...(port && { port }) }, env: process.env, cwd: folder });
  const breaker = { ...config.policy.breaker, waitSeconds: WAIT_SECONDS };
  return {
    ...config,
    data: join(folder, 'data'),
    policy: { ...config.policy, breaker },
    notify: { slack: config.notify.slack ?? { webhookUrl: slackUrl, from: STAND_IN } },
  };
}

/** Takes a free port when the usual one is in use. */
async function startServer(
  config: Config,
  anyPort: boolean,
  onFailed: (error: unknown) => void,
): Promise<Running> {
  const options = {
    clock: Date.now,
    log: noLog,
    metrics: new Metrics(),
    version: VERSION,
    onFailed,
  };
  try {
    return await startMeshpulse(config, options);
  } catch (error) {
    if (!anyPort || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    const listen = { ...config.listen, port: 0 };
    return startMeshpulse({ ...config, listen }, { ...options, metrics: new Metrics() });
  }
}
