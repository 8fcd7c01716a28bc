import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { VERSION } from '../../src/cli/version.ts';
import { startMeshpulse } from '../../src/cli/wire.ts';
import type { Config } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Clock } from '../../src/model/clock.ts';
import { noLog } from '../../src/telemetry/log.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';
import { until } from '../stream/until.ts';
import { Client, tokenOf } from './client.ts';

export interface ServerOptions {
  /** Data folder; absent: a new one, removed when the server stops. */
  folder?: string;
  clock?: Clock;
  /** One token each. None: everyone is `anonymous`. */
  providers?: readonly string[];
  /** Changes what the defaults say. */
  adjust?: (config: Config) => Config;
}

export interface TestServer extends Client {
  stop(): Promise<void>;
}

/** All roles in this process, on a free port. Resolves when it is ready. */
export async function startServer(options: ServerOptions = {}): Promise<TestServer> {
  const { providers = [], adjust = (config) => config, clock = Date.now } = options;
  const folder = options.folder ?? newFolder();
  const config = loadConfig({
    flags: { port: '0', data: folder },
    env: providers.length === 0 ? {} : { MESHPULSE_TOKENS: tokensOf(providers) },
    cwd: folder,
  });
  const failures: unknown[] = [];
  const running = await startMeshpulse(adjust(config), {
    clock,
    log: noLog,
    metrics: new Metrics(),
    version: VERSION,
    onFailed: (error) => failures.push(error),
  });
  const client = new Client(running.url);
  await until('the server is ready', async () => (await client.ask('/readyz')).ok);
  return Object.assign(client, {
    async stop() {
      await running.stop();
      if (options.folder === undefined) removeFolder(folder);
      if (failures.length > 0) throw failures[0];
    },
  });
}

export function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'meshpulse-e2e-'));
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

function tokensOf(providers: readonly string[]): string {
  const tokens = providers.map((provider) => `${provider}:ingest:${tokenOf(provider)}`);
  return [...tokens, `reader:query:${tokenOf('reader')}`].join(',');
}
