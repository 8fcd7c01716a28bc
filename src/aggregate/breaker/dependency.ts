import type { BreakerBasis, BreakerScope, BreakerState, Sequence } from '../../model/breaker.ts';
import type { Machine } from './machine.ts';

/** One breaker with its identity. `last` is the sequence of its newest transition. */
export interface Tracked {
  readonly key: string;
  readonly scope: BreakerScope;
  state: BreakerState;
  sinceUs: number | null;
  last: Sequence | null;
}

/** A caller and subset of a service, with a breaker of each basis. */
export interface Dependency {
  readonly key: string;
  /** Of the evidence it heard last. */
  rank: number;
  /** Better evidence tells of its calls now, under another caller's name or none: no call will ever probe it. */
  displaced: boolean;
  readonly bases: Base[];
  /** Grows from one that was made to the next. */
  readonly order: number;
  /** Forgotten: it waits for nothing. */
  gone: boolean;
}

export interface Base {
  readonly basis: BreakerBasis;
  readonly machine: Machine;
  readonly tracked: Tracked;
  readonly of: Dependency;
}
