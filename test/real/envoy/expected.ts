import { CLUSTERS, type Listener } from './config.ts';
import { FORGED, PER_LISTENER } from './traffic.ts';
import { type Line, outcomeOf, type Tally, tally } from './truth.ts';
import { isLogged } from './world.ts';

export interface Stats extends Tally {
  reporter: string;
  p99_latency: number | null;
  latency_samples: number;
}

export interface Service {
  service: string;
  windows: Record<'5m' | '1h', Stats>;
  subsets: { subset: string; windows: Record<'5m' | '1h', Stats> }[];
}

export interface Breaker {
  source: string | null;
  rollup: boolean;
  state: string;
  calls: number;
  failed: number;
}

/** Whose sidecar the Envoy says it is. */
export const CALLER = 'productpage.default';

export const pick = ({ requests, successes, failures, refused, excluded, reporter }: Stats) => ({
  requests,
  successes,
  failures,
  refused,
  excluded,
  reporter,
});

/** The service a request was for, by the plainest reading: its cluster's host, else its authority. */
function serviceOf({ cluster, authority }: Line): string {
  const host = cluster?.split('|')[3] ?? authority.split(':')[0]!;
  return host.replace('.svc.cluster.local', '');
}

/** A line of text with forged columns is not evidence of anything. */
const isForged = ({ listener, agent }: Line) => listener === 'text' && agent === FORGED;

export const logged = (lines: readonly Line[], cluster: string) =>
  lines.filter((line) => isLogged(line) && !isForged(line) && line.cluster === cluster);

export const loggedOf = (lines: readonly Line[], service: string) =>
  lines.filter((line) => isLogged(line) && !isForged(line) && serviceOf(line) === service);

export function expectedServices(
  lines: readonly Line[],
): Record<string, Tally & { reporter: string }> {
  // A Host that no route is for is no service.
  const names = new Set(lines.filter(({ cluster }) => cluster !== null).map(serviceOf));
  const services = [...names].map((service): [string, Tally & { reporter: string }] => {
    const own = loggedOf(lines, service);
    return own.length > 0
      ? [service, { ...tally(own), reporter: 'source' }]
      : [
          service,
          { ...tally(lines.filter((line) => serviceOf(line) === service)), reporter: 'spans' },
        ];
  });
  return Object.fromEntries(services);
}

export function expectedBins(listener: Listener, input: string, own: readonly Line[]) {
  const none = { counted: 0, excluded: 0, duplicate: 0, late: 0, dead_lettered: 0 };
  // CLIENT spans are not requests.
  if (listener === 'text' && input === 'zipkin_spans') return { ...none, excluded: own.length };
  const forged = input === 'otlp_logs' ? own.filter(isForged).length : 0;
  const excluded = own.filter((line) => outcomeOf(line) === 'excluded').length;
  return {
    ...none,
    counted: own.length - excluded - forged,
    excluded,
    dead_lettered: forged,
  };
}

export function servicesOfClusters(): Record<string, string[]> {
  const { reviewsV1, reviewsV2, ...rest } = CLUSTERS;
  const single = Object.values(rest).map((cluster): [string, string[]] => [
    serviceOf({ cluster } as Line),
    [cluster],
  ]);
  return { 'reviews.default': [reviewsV1, reviewsV2], ...Object.fromEntries(single) };
}

/** How Envoy's counters differ from its log lines, for so many listeners. */
export function unlike(listeners: number) {
  const { broken, faults, overlong, forged } = PER_LISTENER;
  return {
    broken: broken * listeners,
    faults: faults * listeners,
    overlong: overlong * listeners,
    // Only text can be forged.
    forged: listeners === 0 ? 0 : forged,
  };
}

export function counters(stats: Readonly<Record<string, number>>, clusters: readonly string[]) {
  const of = (...names: string[]) =>
    clusters
      .flatMap((cluster) => names.map((name) => stats[`cluster.${cluster}.${name}`] ?? 0))
      .reduce((a, b) => a + b, 0);
  return {
    good: of('upstream_rq_2xx', 'upstream_rq_3xx', 'upstream_rq_4xx'),
    '5xx': of('upstream_rq_5xx'),
    refused: of(
      'upstream_rq_pending_overflow',
      'upstream_rq_active_overflow',
      'upstream_cx_none_healthy',
    ),
  };
}

export const sumOf = (stats: Readonly<Record<string, number>>, name: string) =>
  Object.values(CLUSTERS).reduce((sum, key) => sum + (stats[`cluster.${key}.${name}`] ?? 0), 0);
