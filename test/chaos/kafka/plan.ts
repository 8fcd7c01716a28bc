import type { Random } from '../../random.ts';
import { between } from '../world/weather.ts';
import { MEMBERS, type MemberName } from './fleet.ts';

export const KINDS = [
  /** kill -9 of a process, started again after a moment. */
  'process killed',
  /** kill -9 of the broker that leads a partition of `requests`. */
  'partition leader killed',
  /** kill -9 of the active controller. */
  'controller killed',
  /** SIGSTOP of a broker. */
  'broker frozen',
  /** SIGSTOP of an aggregator until its session is over, and longer. */
  'aggregator frozen',
  /** The same of a notifier. */
  'notifier frozen',
  /** An aggregator leaves and comes back while an outage opens breakers. */
  'rebalance during a trip',
  /** kill -9 of everything at once. */
  'full restart',
] as const;
export type Kind = (typeof KINDS)[number];

export type Fault = {
  /** Before it, ms. */
  pauseMs: number;
  /** Until what was killed is started again, or what was frozen is thawed, ms. */
  forMs: number;
} & ({ kind: 'process killed'; member: MemberName } | { kind: Exclude<Kind, 'process killed'> });

export interface PlanOptions {
  /** Of processes. */
  kills: number;
  sessionMs: number;
  /** How long a broker is frozen, ms. */
  frozenMs: number;
}

/** In one round, so that each kind comes before any comes again. */
const ROUND = [
  'aggregator frozen',
  'partition leader killed',
  'rebalance during a trip',
  'controller killed',
  'notifier frozen',
  'broker frozen',
  'full restart',
  'partition leader killed',
] as const satisfies readonly Kind[];
/** Kills of processes between two others, at most. */
const BETWEEN = 3;

/** Every kind at least once, however few the kills. The same for the same numbers. */
export function planOf(random: Random, { kills, sessionMs, frozenMs }: PlanOptions): Fault[] {
  const rounds = Math.max(1, Math.round(kills / (BETWEEN * ROUND.length)));
  const others = Array.from({ length: rounds }, () => shuffled(ROUND, random)).flat();
  const plan: Fault[] = [];
  for (const [index, kind] of others.entries()) {
    const until = Math.round(((index + 1) * kills) / others.length);
    while (plan.filter((fault) => fault.kind === 'process killed').length < until) {
      const member = random.pick(MEMBERS);
      const pauseMs = between(random, 500, 6_000);
      plan.push({ kind: 'process killed', member, pauseMs, forMs: between(random, 100, 4_000) });
    }
    plan.push({ kind, pauseMs: between(random, 500, 4_000), forMs: duration(kind) });
  }
  return plan;

  function duration(kind: Exclude<Kind, 'process killed'>): number {
    if (kind === 'broker frozen') return frozenMs;
    const frozen = kind === 'aggregator frozen' || kind === 'notifier frozen';
    return frozen ? sessionMs * between(random, 1.3, 2.5) : between(random, 500, 4_000);
  }
}

function shuffled<T>(from: readonly T[], random: Random): T[] {
  const left = [...from];
  return from.map(() => left.splice(random.integer(left.length), 1)[0]!);
}
