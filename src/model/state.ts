import type { BreakerBasis, BreakerState, Sequence } from './breaker.ts';
import type { Bin } from './outcome.ts';
import type { Windows } from './windows.ts';

/**
 * What the aggregate knows of one service, published whole on the `state` topic, keyed by service.
 * A reader keeps the one with the highest sequence. Times are ms since the epoch.
 */
export interface ServiceState {
  service: string;
  sequence: Sequence;
  /** The watermark these numbers are true at. */
  asOf: number;
  firstSeen: number;
  lastSeen: number;
  windows: Windows;
  subsets: SubsetState[];
  /** Only of records that name a cluster. */
  clusters: ClusterState[];
  /** The newest few, newest first. */
  failovers: Failover[];
  /** Who calls this service, one entry per caller. */
  callers: DependencyState[];
  breakers: BreakerStatus[];
  exemplars: Exemplar[];
}

export interface SubsetState {
  subset: string;
  firstSeen: number;
  lastSeen: number;
  windows: Windows;
}

/** The part of the requests that one mesh cluster answered. */
export interface ClusterState {
  cluster: string;
  firstSeen: number;
  lastSeen: number;
  windows: Windows;
}

/** The requests of a service moved from one mesh cluster to another. */
export interface Failover {
  from: string;
  to: string;
  /** The last success at `from`. */
  beganAt: number;
  /** `to` carries what `from` did, with success. */
  overAt: number;
}

export interface DependencyState {
  source: string | null;
  destination: string;
  firstSeen: number;
  lastSeen: number;
  windows: Windows;
}

export interface BreakerStatus {
  key: string;
  basis: BreakerBasis;
  source: string | null;
  destination: string;
  subset: string | null;
  rollup: boolean;
  state: BreakerState;
  /** Event time of the last transition; null when it never moved. */
  since: number | null;
  sequence: Sequence | null;
  /** Fraction 0–1, null under the policy's minimum number of calls. */
  failureRate: number | null;
  calls: number;
  failed: number;
  notPermitted: number;
  nextProbeAt: number | null;
  attempt: number;
  /** An open or half-open breaker without traffic to judge it. */
  stale: boolean;
}

/** One request kept as an example, slowest or failed. */
export interface Exemplar {
  at: number;
  source: string | null;
  subset: string | null;
  outcome: string;
  reason: string;
  code: number;
  latencyMs: number | null;
  requestId: string | null;
  traceId: string | null;
}

/** What the aggregate knows of its partition, published on `state` with key `@partition`. */
export interface PartitionState {
  partition: number;
  sequence: Sequence;
  /** Event time up to which the fold has acted; null before the first record. */
  watermark: number | null;
  /** Offset after the last folded record. */
  offset: number;
  /** Append time of the last folded record. */
  appendTime: number | null;
  accounting: AccountingRow[];
  /** Events whose end was later than their append time and was clamped to it. */
  clampedEnds: number;
  services: number;
  dependencies: number;
  /** Events that went to `@other` because a name of theirs did not fit. */
  overflowed: number;
  /** Ids that were not remembered because the memory for duplicates was full. */
  forgottenIds: number;
  blindUntil: number | null;
}

/** `received = counted + excluded + duplicate + late + dead_lettered`, exact at every offset. */
export interface AccountingRow {
  provider: string;
  input: string;
  received: number;
  bins: Record<Bin, number>;
  /** Breakdown of `excluded` and `dead_lettered`. */
  reasons: { excluded: Record<string, number>; dead_lettered: Record<string, number> };
}

export const PARTITION_KEY = '@partition';
/** The service of records that do not name one. No name begins with `@`. */
export const UNKNOWN = '@unknown';
/** Stands for the names that did not fit the bounds. */
export const OTHER = '@other';
