import type { BreakerState, TransitionReason } from '../../model/breaker.ts';
import type { BreakerPolicy } from '../../model/policy.ts';
import { SECOND_US, secondOf } from '../../model/time.ts';
import { CallWindow } from './call-window.ts';
import { CountWindow } from './count-window.ts';
import type { Call, Change, Figures, Machine, MachineSnapshot } from './machine.ts';

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
 * window of the state before it and goes on recording into it; HALF_OPEN and CLOSED start empty. There are no
 * permits to ask for: calls that ended while OPEN judge nothing, and OPEN ends when the watermark passes the wait.
 */
export class InferredBreaker implements Machine {
  state: BreakerState = 'CLOSED';
  attempt = 0;
  sinceUs: number | null = null;
  deadlineUs: number | null = null;
  lastCallUs = 0;
  #policy: BreakerPolicy;
  #window: CallWindow;
  /** The window of a half-open breaker, and of an open one that was half-open before. */
  #probes: CountWindow | null = null;

  constructor(policy: BreakerPolicy) {
    this.#policy = policy;
    this.#window = new CallWindow(policy.slidingWindowSeconds);
  }

  record({ endUs, durationUs, result }: Call): Change | null {
    if (endUs > this.lastCallUs) this.lastCallUs = endUs;
    const second = secondOf(endUs);
    // A call that is not counted moves the window too: it shows how far time is here.
    this.#window.advance(second);
    if (result === 'ignored') return null;
    if (result === 'not_permitted') {
      this.#window.recordNotPermitted(second);
      return null;
    }
    const probes = this.#probes;
    // A call that ended before was judged by the state of its time. Only the window by time that an open breaker
    // has from a closed one still has its second.
    const before = this.sinceUs !== null && endUs < this.sinceUs;
    if (before && (this.state !== 'OPEN' || probes !== null)) return null;
    const failed = result === 'failure';
    const slow = this.#isSlow(durationUs);
    if (probes !== null) probes.record(failed, slow);
    else if (!this.#window.record(second, failed, slow)) return null;
    if (this.state === 'CLOSED') return this.#judge();
    return this.state === 'HALF_OPEN' ? this.#judgeProbes() : null;
  }

  passed(us: number): Change | null {
    if (this.state !== 'OPEN' || this.deadlineUs === null || us < this.deadlineUs) return null;
    const at = this.deadlineUs;
    this.#probes = new CountWindow(this.#policy.permittedCallsInHalfOpen);
    return this.#move('HALF_OPEN', 'wait_elapsed', at, NO_FIGURES);
  }

  /** Other rules from now on; a window of another length starts empty. */
  adopt(policy: BreakerPolicy): void {
    if (policy.slidingWindowSeconds !== this.#policy.slidingWindowSeconds) {
      this.#window = new CallWindow(policy.slidingWindowSeconds);
    }
    this.#policy = policy;
  }

  clear(): void {
    this.#window.clear();
    if (this.#probes !== null) this.#probes = new CountWindow(this.#probes.size);
  }

  figures(): Figures {
    const { calls, failed, slow } = this.#probes ?? this.#window;
    const enough = calls > 0 && calls >= this.#callsNeeded();
    return {
      failureRate: enough ? failed / calls : null,
      slowRate: enough ? slow / calls : null,
      calls,
      failed,
      notPermitted: this.#window.notPermitted,
    };
  }

  toJSON(): MachineSnapshot {
    const { state, attempt, sinceUs, deadlineUs, lastCallUs } = this;
    const window = { seconds: this.#window.seconds, ...this.#window.toJSON() };
    const probes = this.#probes?.toJSON() ?? null;
    return { state, attempt, sinceUs, deadlineUs, lastCallUs, probes, window };
  }

  restore(snapshot: MachineSnapshot): void {
    const { probes, window, ...rest } = snapshot;
    Object.assign(this, rest);
    this.#probes = probes === null ? null : CountWindow.from(probes);
    if (window.seconds === this.#window.seconds) this.#window.restore(window);
  }

  #judge(): Change | null {
    // Most calls are good ones of a good window: those need no figures.
    if (this.#window.failed === 0 && this.#window.slow === 0) return null;
    const exceeded = this.#exceeded(this.figures());
    return exceeded === null ? null : this.#open(exceeded);
  }

  #judgeProbes(): Change | null {
    const figures = this.figures();
    if (figures.failureRate === null) return null;
    if (this.#exceeded(figures) !== null) return this.#open('probes_failed');
    this.#window.clear();
    this.#probes = null;
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

  #callsNeeded(): number {
    const { minimumNumberOfCalls } = this.#policy;
    return this.#probes === null
      ? minimumNumberOfCalls
      : Math.min(minimumNumberOfCalls, this.#probes.size);
  }

  #isSlow(durationUs: number | null): boolean {
    const { slowCallDurationMs } = this.#policy;
    return (
      slowCallDurationMs !== null && durationUs !== null && durationUs > slowCallDurationMs * 1000
    );
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

const NO_FIGURES: Figures = {
  failureRate: null,
  slowRate: null,
  calls: 0,
  failed: 0,
  notPermitted: 0,
};
