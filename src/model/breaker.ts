export type BreakerState = 'CLOSED' | 'OPEN' | 'HALF_OPEN';

/**
 * Who says so.
 * - `inferred`: our own state machine on the observed traffic
 * - `observed`: the proxies refused requests (UO, UH) on the wire
 * - `reported`: Envoy's outlier ejection log; reserved for later, nothing makes it yet
 */
export type BreakerBasis = 'inferred' | 'observed' | 'reported';

/** What a breaker watches. `source` and `subset` are null in a service's roll-up. */
export interface BreakerScope {
  basis: BreakerBasis;
  source: string | null;
  destination: string;
  subset: string | null;
  /** True for the service's roll-up over its callers and subsets. */
  rollup: boolean;
}

/**
 * One breaker state change. Identified by (key, sequence); sequences of one key grow, with gaps.
 * Rates are fractions 0–1, null where they are not defined.
 */
export interface Transition extends BreakerScope {
  key: string;
  sequence: Sequence;
  /** Sequence of the transition of this key before this one; null for the first. */
  previous: Sequence | null;
  from: BreakerState;
  to: BreakerState;
  reason: TransitionReason;
  /** Event time of the change, ms since the epoch. */
  at: number;
  /** Append time of the record that caused it, ms since the epoch. */
  observedAt: number;
  failureRate: number | null;
  slowRate: number | null;
  /** Calls, failures and refusals in the window that decided. */
  calls: number;
  failed: number;
  notPermitted: number;
  windowSeconds: number;
  /** How many times it has opened since it was last closed. */
  attempt: number;
  /** When an open breaker will half-open at the earliest, ms since the epoch. */
  nextProbeAt: number | null;
  /** Roll-ups only: how many of the service's dependencies are open, of how many. */
  dependenciesOpen: number | null;
  dependencies: number | null;
  /** Roll-ups only: the dependency whose change moved the roll-up. */
  causedBy: { source: string | null; subset: string | null } | null;
}

export type TransitionReason =
  | 'failure_rate_exceeded'
  | 'slow_call_rate_exceeded'
  | 'wait_elapsed'
  | 'probes_failed'
  | 'probes_succeeded'
  | 'refusals_seen'
  | 'refusals_stopped'
  | 'successes_seen'
  | 'no_traffic';

/**
 * Orders the outputs of one partition: `[offset of the causing record, index within it]`.
 * Compare with {@link compareSequence}.
 */
export type Sequence = readonly [offset: number, index: number];

export function compareSequence(a: Sequence, b: Sequence): number {
  return a[0] - b[0] || a[1] - b[1];
}

/** `basis:source:destination:subset`; `*` stands for "all" in a roll-up, `-` for unknown or none. */
export function breakerKey(scope: BreakerScope): string {
  const { basis, source, destination, subset, rollup } = scope;
  return rollup
    ? `${basis}:*:${destination}:*`
    : `${basis}:${source ?? '-'}:${destination}:${subset ?? '-'}`;
}
