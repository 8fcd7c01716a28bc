import type { BreakerState, TransitionReason } from '../../model/breaker.ts';
import type { CallWindowSnapshot } from './call-window.ts';
import type { CountWindowSnapshot } from './count-window.ts';

/** One change a machine made; the fold adds identity and sequence. Times are µs of event time. */
export interface Change {
  from: BreakerState;
  to: BreakerState;
  reason: TransitionReason;
  atUs: number;
  failureRate: number | null;
  slowRate: number | null;
  calls: number;
  failed: number;
  notPermitted: number;
  windowSeconds: number;
  attempt: number;
  nextProbeAtUs: number | null;
}

/** One call as a breaker at the caller would have seen it. */
export interface Call {
  endUs: number;
  durationUs: number | null;
  result: 'success' | 'failure' | 'not_permitted' | 'ignored';
}

/** A breaker that watches calls it does not gate. Pure: no clock, no I/O. */
export interface Machine {
  readonly state: BreakerState;
  readonly attempt: number;
  /** Event time of the last change, µs; null when it never moved. */
  readonly sinceUs: number | null;
  /** Event time at which waiting ends, µs; null when it waits for nothing. */
  readonly deadlineUs: number | null;
  /** End of the newest call it was shown, µs. */
  readonly lastCallUs: number;
  record(call: Call): Change | null;
  /** The watermark passed `us`. */
  passed(us: number): Change | null;
  /** Forgets the calls it was shown; its state stays. */
  clear(): void;
  /** What its current window holds. */
  figures(): Figures;
  /** All it needs to go on from here, for a checkpoint. */
  toJSON(): MachineSnapshot;
  /** Goes on from a snapshot; where the policy's window has another length since, the window starts empty. */
  restore(snapshot: MachineSnapshot): void;
}

export interface MachineSnapshot {
  state: BreakerState;
  attempt: number;
  sinceUs: number | null;
  deadlineUs: number | null;
  lastCallUs: number;
  /** These two are of an observed breaker, as its fields say. */
  refusedUs?: number;
  successUs?: number | null;
  /** The count-based window of a breaker that is half-open, or was before it opened again. */
  probes: CountWindowSnapshot | null;
  window: CallWindowSnapshot & { seconds: number };
}

export interface Figures {
  failureRate: number | null;
  slowRate: number | null;
  calls: number;
  failed: number;
  notPermitted: number;
}
