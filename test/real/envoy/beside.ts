import { movesByRules, type Told } from '../../aggregate/breaker/observed-rules.ts';
import { CLUSTERS } from './config.ts';
import { type Ejection, enforced } from './ejections.ts';
import type { Transition } from './transitions.ts';
import { endUsOf, type Line, outcomeOf } from './truth.ts';
import type { Sample } from './watch.ts';

/** The defaults of `policy.observed`, as docs/configuration.md has them. */
export const RULES = { refusals: 5, windowSeconds: 10, holdSeconds: 5 } as const;

/** Services that Envoy refuses to ask for a while, and the counter in which it says how often it did. */
export const SIDES = [
  {
    service: 'shipping.default',
    cluster: CLUSTERS.shipping,
    counter: 'upstream_cx_none_healthy',
  },
  {
    service: 'ratings.default',
    cluster: CLUSTERS.ratings,
    counter: 'upstream_rq_active_overflow',
  },
  {
    service: 'stock.default',
    cluster: CLUSTERS.stock,
    counter: 'upstream_rq_pending_overflow',
  },
] as const;

export type Side = (typeof SIDES)[number];

export const linesOf = (lines: readonly Line[], { cluster }: Side) =>
  lines.filter((line) => line.cluster === cluster);

export const refusedOf = (lines: readonly Line[], side: Side) =>
  linesOf(lines, side).filter((line) => outcomeOf(line) === 'refused');

export const startMsOf = ({ start }: Line) => Number(start) / 1000;
export const endMsOf = (line: Line) => endUsOf(line) / 1000;

const RESULTS: Record<ReturnType<typeof outcomeOf>, Told['result']> = {
  successes: 'success',
  failures: 'failure',
  refused: 'not_permitted',
  excluded: 'ignored',
};

/** What the breaker has to do with all that Envoy's request log says; ms since the epoch, as the API has it. */
export function due(lines: readonly Line[], side: Side): { to: string; at: number }[] {
  const calls = linesOf(lines, side).map((line) => ({
    endUs: endUsOf(line),
    result: RESULTS[outcomeOf(line)],
  }));
  return movesByRules(calls, RULES, Math.max(...lines.map(endUsOf))).map(({ to, atUs }) => ({
    to,
    at: Math.floor(atUs / 1000),
  }));
}

interface Row {
  at: number;
  envoy?: string;
  meshpulse?: string;
  /** Of what the rules say, ms. */
  apart?: number;
}

/** What both sides say happened to a service, in the order in which it did; seconds since `zeroMs`. */
export function story(
  side: Side,
  lines: readonly Line[],
  ejections: readonly Ejection[],
  told: readonly Transition[],
  zeroMs: number,
): object[] {
  const byRules = due(lines, side);
  const rows: Row[] = [
    ...ejectionRows(ejections.filter(({ cluster_name }) => cluster_name === side.cluster)),
    ...refusalRows(refusedOf(lines, side)),
    ...told.map(({ from, to, reason, not_permitted, at }, i) => ({
      at: Date.parse(at),
      meshpulse: `${from} → ${to}, ${reason}, ${not_permitted} in the window`,
      apart: Date.parse(at) - (byRules[i]?.at ?? Number.NaN),
    })),
  ];
  return rows
    .sort((a, b) => a.at - b.at)
    .map(({ at, envoy = '', meshpulse = '', apart = '' }) => ({
      s: ((at - zeroMs) / 1000).toFixed(3),
      envoy,
      meshpulse,
      'apart, ms': apart,
    }));
}

function ejectionRows(ejections: readonly Ejection[]): Row[] {
  const hosts = [...new Set(ejections.map(({ upstream_url }) => upstream_url))];
  return enforced(ejections).map(({ action, upstream_url, num_ejections, timestamp }) => ({
    at: Date.parse(timestamp),
    envoy: `${action} ${num_ejections} of host ${hosts.indexOf(upstream_url) + 1}`,
  }));
}

/** The first and the last of those between which there was never a second without one. */
function refusalRows(refused: readonly Line[]): Row[] {
  const ends = refused.map(endMsOf).sort((a, b) => a - b);
  const runs: number[][] = [];
  for (const end of ends) {
    if (end - (runs.at(-1)?.at(-1) ?? -Infinity) < 1000) runs.at(-1)!.push(end);
    else runs.push([end]);
  }
  return runs.flatMap((run) => [
    { at: run[0]!, envoy: `refuses, ${run.length} times` },
    { at: run.at(-1)!, envoy: 'refuses for the last time' },
  ]);
}

/** The samples at which a state or the number of ejected hosts was new. */
export function changes(samples: readonly Sample[], zeroMs: number): object[] {
  const news = samples.filter((sample, i) => i === 0 || said(sample) !== said(samples[i - 1]!));
  return news.map((sample) => ({
    s: ((sample.beforeMs - zeroMs) / 1000).toFixed(1),
    ejected: sample.stats[EJECTED],
    ...Object.fromEntries(
      SIDES.flatMap(({ service, cluster, counter }) => [
        [counter, sample.stats[`cluster.${cluster}.${counter}`]],
        [service, sample.states[service] ?? '-'],
      ]),
    ),
  }));
}

const EJECTED = `cluster.${CLUSTERS.shipping}.outlier_detection.ejections_active`;
const said = ({ stats, states }: Sample) => JSON.stringify([stats[EJECTED], states]);
