import { isDeepStrictEqual } from 'node:util';
import { until } from '../../stream/until.ts';
import { type Asked, type Meshpulse, startMeshpulse } from '../meshpulse.ts';
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
  /** The hosts of shipping. */
  shipping: readonly [Upstream, Upstream];
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
  const shipping = [await startUpstream(), await startUpstream()] as const;
  const envoy = await startEnvoy(envoyBinary, {
    upstreamPort: upstream.port,
    shippingPorts: shipping.map(({ port }) => port),
    meshpulsePort: Number(new URL(meshpulse.url).port),
  });
  return {
    meshpulse,
    upstream,
    shipping,
    envoy,
    settled: () => settled(envoy, meshpulse),
    async stop() {
      await envoy.stop();
      for (const each of [upstream, ...shipping]) await each.close();
      return meshpulse.stop();
    },
  };
}

/** Every request has a line in the file and a span; those of two listeners have a log record as well. */
export async function settled(envoy: Envoy, meshpulse: Asked): Promise<void> {
  let missing: object = {};
  const look = async () => {
    const { requests, spans, reports, asTheyMustBeAnswered, dropped } = told(await envoy.stats());
    const lines = envoy.lines();
    const logged = lines.filter(isLogged).length;
    const received = [...(await meshpulse.metrics())]
      .filter(([name]) => name.startsWith('meshpulse_events_received'))
      .reduce((sum, [, value]) => sum + value, 0);
    return {
      lines: requests - lines.length,
      spans: lines.length - spans,
      answers: reports - asTheyMustBeAnswered,
      received: logged + lines.length - received,
      dropped,
    };
  };
  const nothing = { lines: 0, spans: 0, answers: 0, received: 0, dropped: 0 };
  const settles = until(
    'all is told',
    async () => {
      missing = await look();
      return isDeepStrictEqual(missing, nothing);
    },
    20_000,
  );
  await settles.catch((error: Error) => {
    throw new Error(`${error.message}: ${JSON.stringify(missing)}`);
  });
}

export const isLogged = ({ listener }: Line) => listener !== 'spans';

/** What Envoy says it was asked, and how its reports went. */
export function told(stats: Readonly<Record<string, number>>) {
  const sum = (names: readonly string[]) =>
    names.reduce((total, name) => total + (stats[name] ?? 0), 0);
  const loggers = ['text', 'attributes'].map(
    (name) => `access_logs.open_telemetry_access_log.${name}`,
  );
  return {
    requests: sum(Object.keys(LISTENERS).map((name) => `http.${name}.downstream_rq_total`)),
    spans: sum(['tracing.zipkin.spans_sent']),
    // logs_written is too small whenever two posts of one worker overlap (envoy open_telemetry
    // http_access_log_impl.cc keeps one number for what is in flight); what is dropped shows in these.
    reports: sum(['cluster.meshpulse.upstream_rq_total']),
    asTheyMustBeAnswered: sum([
      'cluster.meshpulse.upstream_rq_200',
      'cluster.meshpulse.upstream_rq_202',
    ]),
    dropped: sum([
      ...loggers.map((name) => `${name}.logs_dropped`),
      'tracing.zipkin.reports_dropped',
      'tracing.zipkin.reports_failed',
      'tracing.zipkin.reports_skipped_no_cluster',
    ]),
  };
}
