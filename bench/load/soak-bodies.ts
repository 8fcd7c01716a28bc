import { seeded } from '../measure.ts';
import { type Edge, victimOf } from './mesh.ts';
import { type Call, otlp, otlpAttributes } from './payloads.ts';
import { Template } from './template.ts';

export const EVENTS_A_POST = 100;
const FAILURES = 0.015;
const FAILURES_IN_OUTAGE = 0.8;
/** Calls in one round of all bodies, for each dependency: the rarest would have one less often. */
const ROUND = 8;

/** One body as it is when all is well, and while the service that fails now and then does so. */
export interface SoakBody {
  well: Template;
  outage: Template;
}

/**
 * Bodies of an OpenTelemetry Collector that passes on the access logs of many sidecars: 100 records of 24 attributes,
 * one ResourceLogs per caller. Posted in turn they call every dependency in proportion to its share.
 */
export function soakBodies(edges: readonly Edge[]): SoakBody[] {
  const random = seeded(edges.length);
  const victim = victimOf(edges);
  const drawn = shuffled(
    edges.flatMap((edge) => timesOf(edge, ROUND * edges.length)),
    random,
  );
  // The last body is filled up from the front.
  while (drawn.length % EVENTS_A_POST !== 0) drawn.push(drawn[drawn.length % edges.length]!);
  const bodies: SoakBody[] = [];
  for (let from = 0; from < drawn.length; from += EVENTS_A_POST) {
    const calls = drawn.slice(from, from + EVENTS_A_POST).map((edge) => callOf(edge, random));
    const well = templateOf(calls);
    const hit = calls.map((call) =>
      call.destination === victim && random() < FAILURES_IN_OUTAGE ? { ...call, code: 503 } : call,
    );
    const isHit = calls.some(({ destination }) => destination === victim);
    bodies.push({ well, outage: isHit ? templateOf(hit) : well });
  }
  return bodies;
}

function timesOf(edge: Edge, calls: number): Edge[] {
  return new Array<Edge>(Math.max(1, Math.round(edge.share * calls))).fill(edge);
}

function callOf({ source, destination, version }: Edge, random: () => number): Call {
  const pick = (below: number) => Math.floor(random() * below);
  return {
    source,
    destination,
    version,
    host: `10.0.${pick(4)}.${pick(250)}:9080`,
    durationMs: Math.ceil(20 * Math.exp(random() * 3 - 1.5)),
    code: random() < FAILURES ? 503 : 200,
    path: `/api/items/${pick(100_000)}`,
  };
}

function templateOf(calls: readonly Call[]): Template {
  const bySource = Map.groupBy(calls, ({ source }) => source);
  const groups = [...bySource].map(([source, own]) => otlp(source, own.map(otlpAttributes)));
  return new Template(Buffer.concat(groups));
}

function shuffled<T>(items: T[], random: () => number): T[] {
  for (let last = items.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [items[last], items[other]] = [items[other]!, items[last]!];
  }
  return items;
}
