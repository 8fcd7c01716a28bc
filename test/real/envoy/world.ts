import { until } from '../../stream/until.ts';
import { type Meshpulse, startMeshpulse } from '../meshpulse.ts';
import { LISTENERS } from './config.ts';
import { type Envoy, startEnvoy } from './envoy.ts';
import type { Line } from './truth.ts';
import { startUpstream, type Upstream } from './upstream.ts';

const READER = 'token-of-the-reader';
const TOKENS = [
  ...Object.values(LISTENERS).map(({ provider, token }) => `${provider}:ingest:${token}`),
  `reader:query:${READER}`,
].join(',');

/** Envoy, the application behind it, and Meshpulse, each a real server. */
export interface World {
  meshpulse: Meshpulse;
  upstream: Upstream;
  envoy: Envoy;
  /** Until Envoy has told all it knows and Meshpulse has acknowledged it. */
  settled(): Promise<void>;
  /** Stops those still running; the exit status of Meshpulse. */
  stop(): Promise<number | null>;
}

export async function startWorld(
  envoyBinary: string,
  env: Readonly<Record<string, string>> = {},
): Promise<World> {
  const meshpulse = await startMeshpulse({
    env: { MESHPULSE_TOKENS: TOKENS, ...env },
    token: READER,
  });
  const upstream = await startUpstream();
  const envoy = await startEnvoy(envoyBinary, {
    upstreamPort: upstream.port,
    meshpulseUrl: meshpulse.url,
  });
  return {
    meshpulse,
    upstream,
    envoy,
    settled: () => settled(envoy, meshpulse),
    async stop() {
      await envoy.stop();
      await upstream.close();
      return meshpulse.stop();
    },
  };
}

/** Every request has a line in the file and a span; those of two listeners have a log record as well. */
async function settled(envoy: Envoy, meshpulse: Meshpulse): Promise<void> {
  await until('Envoy has sent all it has', async () => {
    const { requests, logs, spans } = told(await envoy.stats());
    const lines = envoy.lines();
    return lines.length === requests && spans >= requests && logs >= lines.filter(isLogged).length;
  });
  const lines = envoy.lines();
  const all = lines.length + lines.filter(isLogged).length;
  await until('Meshpulse has it in its windows', async () => {
    const metrics = await meshpulse.metrics();
    const received = [...metrics].filter(([name]) => name.startsWith('meshpulse_events_received'));
    return received.reduce((sum, [, value]) => sum + value, 0) >= all;
  });
}

export const isLogged = ({ listener }: Line) => listener !== 'spans';

/** What Envoy says it has had, and has told; the last two only rise once they are answered as they must be. */
export function told(stats: Readonly<Record<string, number>>) {
  const names = Object.keys(LISTENERS);
  const logged = names.filter((listener) => isLogged({ listener } as Line));
  const sum = (counters: string[]) =>
    counters.reduce((total, name) => total + (stats[name] ?? 0), 0);
  const logger = (name: string) => `access_logs.open_telemetry_access_log.${name}`;
  return {
    requests: sum(names.map((name) => `http.${name}.downstream_rq_total`)),
    logs: sum(logged.map((name) => `${logger(name)}.logs_written`)),
    spans: stats['tracing.zipkin.spans_sent'] ?? 0,
    dropped: sum([
      ...logged.map((name) => `${logger(name)}.logs_dropped`),
      'tracing.zipkin.reports_dropped',
      'tracing.zipkin.reports_failed',
      'tracing.zipkin.reports_skipped_no_cluster',
    ]),
  };
}
