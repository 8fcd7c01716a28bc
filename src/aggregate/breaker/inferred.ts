import type { BreakerState, TransitionReason } from '../../model/breaker.ts';
import type { BreakerPolicy } from '../../model/policy.ts';
import { CallWindow } from './call-window.ts';
import {
  type Call,
  type Change,
  type Figures,
  type Machine,
  type MachineSnapshot,
  type Probes,
  SECOND_US,
  secondOf,
} from './machine.ts';

/**
 * resilience4j's circuit breaker for an observer, in event time.
 *
 *            rate ≥ threshold                  wait over (watermark)
 *   CLOSED ───────────────────▶ OPEN ─────────────────────────────▶ HALF_OPEN
 *     ▲                          ▲                                     │ │
 *     │                          └── rate ≥ threshold of next N calls ─┘ │
 *     └────────────────────────────── rate < threshold of next N calls ──┘
 *
 * Rules kept: thresholds are checked after every call, successes included, by `>=`; slow means `>`; below the
 * minimum nothing trips; HALF_OPEN judges a count-based window of exactly the permitted calls; OPEN keeps the
 * CLOSED metrics and goes on recording; HALF_OPEN and CLOSED start empty. There are no permits to ask for:
 * calls that ended while OPEN judge nothing, and OPEN ends when the watermark passes the wait.
 */
export class InferredBreaker implements Machine {
  state: BreakerState = 'CLOSED';
  attempt = 0;
  sinceUs: number | null = null;
  deadlineUs: number | null = null;
  lastCallUs = 0;
  #policy: BreakerPolicy;
  #window: CallWindow;
  #probes = emptyProbes();

  constructor(policy: BreakerPolicy) {
    this.#policy = policy;
    this.#window = new CallWindow(policy.slidingWindowSeconds);
  }

  record({ endUs, durationUs, result }: Call): Change | null {
    if (endUs > this.lastCallUs) this.lastCallUs = endUs;
    if (result === 'ignored') return null;
    if (result === 'not_permitted') {
      this.#window.recordNotPermitted(secondOf(endUs));
      return null;
    }
    const failed = result === 'failure';
    const slow =
      this.#policy.slowCallDurationMs !== null &&
      durationUs !== null &&
      durationUs > this.#policy.slowCallDurationMs * 1000;
    if (this.state === 'HALF_OPEN') return this.#probe(endUs, failed, slow);
    // A call that ended before the breaker last closed was judged by the state of its time.
    if (this.state === 'CLOSED' && this.sinceUs !== null && endUs < this.sinceUs) return null;
    const counted = this.#window.record(secondOf(endUs), failed, slow);
    if (this.state === 'OPEN' || !counted) return null;
    const exceeded = this.#exceeded(this.figures());
    return exceeded === null ? null : this.#open(exceeded);
  }

  passed(us: number): Change | null {
    if (this.state !== 'OPEN' || this.deadlineUs === null || us < this.deadlineUs) return null;
    const at = this.deadlineUs;
    this.#probes = emptyProbes();
    return this.#move('HALF_OPEN', 'wait_elapsed', at, NO_FIGURES);
  }

  /** Other rules from now on; a window of another length starts empty. */
  adopt(policy: BreakerPolicy): void {
    if (policy.slidingWindowSeconds !== this.#policy.slidingWindowSeconds) {
      this.#window = new CallWindow(policy.slidingWindowSeconds);
    }
    this.#policy = policy;
  }

  figures(): Figures {
    if (this.state === 'HALF_OPEN') return this.#rates(this.#probes, this.#probesNeeded());
    return this.#rates(this.#window, this.#policy.minimumNumberOfCalls);
  }

  toJSON(): MachineSnapshot {
    const { state, attempt, sinceUs, deadlineUs, lastCallUs } = this;
    const window = { seconds: this.#window.seconds, ...this.#window.toJSON() };
    return { state, attempt, sinceUs, deadlineUs, lastCallUs, probes: { ...this.#probes }, window };
  }

  restore(snapshot: MachineSnapshot): void {
    const { probes, window, ...rest } = snapshot;
    Object.assign(this, rest);
    if (probes !== null) this.#probes = { ...probes };
    if (window.seconds === this.#window.seconds) this.#window.restore(window);
  }

  #probe(endUs: number, failed: boolean, slow: boolean): Change | null {
    if (endUs < this.sinceUs!) return null;
    const probes = this.#probes;
    probes.calls++;
    if (failed) probes.failed++;
    if (slow) probes.slow++;
    if (probes.calls < this.#probesNeeded()) return null;
    const figures = this.figures();
    if (this.#exceeded(figures) !== null) return this.#open('probes_failed');
    this.#window.clear();
    return this.#move('CLOSED', 'probes_succeeded', this.lastCallUs, figures);
  }

  #open(reason: TransitionReason): Change {
    return this.#move('OPEN', reason, this.lastCallUs, this.figures());
  }

  #move(to: BreakerState, reason: TransitionReason, atUs: number, figures: Figures): Change {
    const from = this.state;
    if (to === 'OPEN') this.attempt++;
    if (to === 'CLOSED') this.attempt = 0;
    this.state = to;
    this.sinceUs = Math.max(atUs, this.sinceUs ?? 0);
    this.deadlineUs = to === 'OPEN' ? this.sinceUs + this.#waitUs() : null;
    return {
      from,
      to,
      reason,
      atUs: this.sinceUs,
      ...figures,
      windowSeconds: this.#policy.slidingWindowSeconds,
      attempt: this.attempt,
      nextProbeAtUs: this.deadlineUs,
    };
  }

  #waitUs(): number {
    const { waitSeconds, maxWaitSeconds } = this.#policy;
    return Math.min(waitSeconds * this.attempt, maxWaitSeconds) * SECOND_US;
  }

  #probesNeeded(): number {
    const { minimumNumberOfCalls, permittedCallsInHalfOpen } = this.#policy;
    return Math.min(minimumNumberOfCalls, permittedCallsInHalfOpen);
  }

  #rates(counts: Probes, minimum: number): Figures {
    const { calls, failed, slow } = counts;
    const enough = calls >= minimum && calls > 0;
    return {
      failureRate: enough ? failed / calls : null,
      slowRate: enough ? slow / calls : null,
      calls,
      failed,
      notPermitted: this.#window.notPermitted,
    };
  }

  #exceeded({ failureRate, slowRate }: Figures): TransitionReason | null {
    if (failureRate !== null && failureRate >= this.#policy.failureRateThreshold) {
      return 'failure_rate_exceeded';
    }
    const slowMatters = this.#policy.slowCallDurationMs !== null;
    if (slowMatters && slowRate !== null && slowRate >= this.#policy.slowCallRateThreshold) {
      return 'slow_call_rate_exceeded';
    }
    return null;
  }
}

const emptyProbes = (): Probes => ({ calls: 0, failed: 0, slow: 0 });

const NO_FIGURES: Figures = {
  failureRate: null,
  slowRate: null,
  calls: 0,
  failed: 0,
  notPermitted: 0,
};
