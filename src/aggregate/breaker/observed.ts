import type { BreakerState, TransitionReason } from '../../model/breaker.ts';
import type { ObservedBreakerPolicy } from '../../model/policy.ts';
import { SECOND_US, secondOf } from '../../model/time.ts';
import { CallWindow } from './call-window.ts';
import type { Call, Change, Figures, Machine, MachineSnapshot } from './machine.ts';

/**
 * The proxies' own breaker as its refusals (UO, UH, overload) show it, in event time: enough of them within the window
 * is OPEN, none for the hold is HALF_OPEN, a success after that is CLOSED.
 *
 * It opens on what it knows. What ends by time ends when the watermark has passed it, because the records of one
 * proxy's workers come up to seconds out of order: a success that ended first may be told of last.
 */
export class ObservedBreaker implements Machine {
  state: BreakerState = 'CLOSED';
  attempt = 0;
  sinceUs: number | null = null;
  /** Of OPEN: the end of the hold. Of HALF_OPEN: the end of its first success, as far as is known. */
  deadlineUs: number | null = null;
  lastCallUs = 0;
  /** End of the newest refusal. */
  refusedUs = 0;
  /** While OPEN: end of the first success that is known after the end of the hold, which is not over yet. */
  successUs: number | null = null;
  #policy: ObservedBreakerPolicy;
  #window: CallWindow;

  constructor(policy: ObservedBreakerPolicy) {
    this.#policy = policy;
    this.#window = new CallWindow(policy.windowSeconds);
  }

  record({ endUs, result }: Call): Change | null {
    if (endUs > this.lastCallUs) this.lastCallUs = endUs;
    if (result === 'not_permitted') return this.#refusal(endUs);
    if (result === 'ignored') return null;
    this.#window.record(secondOf(endUs), result === 'failure', false);
    if (result === 'success') this.#success(endUs);
    return null;
  }

  passed(us: number): Change | null {
    const at = this.deadlineUs;
    if (at === null || us < at) return null;
    return this.state === 'OPEN'
      ? this.#move('HALF_OPEN', 'refusals_stopped', at)
      : this.#move('CLOSED', 'successes_seen', at);
  }

  /** Other rules from now on; a window of another length starts empty. */
  adopt(policy: ObservedBreakerPolicy): void {
    if (policy.windowSeconds !== this.#policy.windowSeconds) {
      this.#window = new CallWindow(policy.windowSeconds);
    }
    this.#policy = policy;
  }

  clear(): void {
    this.#window.clear();
    this.refusedUs = 0;
    this.successUs = null;
    if (this.state === 'HALF_OPEN') this.deadlineUs = null;
  }

  figures(): Figures {
    const { calls, failed, notPermitted } = this.#window;
    return { failureRate: null, slowRate: null, calls, failed, notPermitted };
  }

  toJSON(): MachineSnapshot {
    const { state, attempt, sinceUs, deadlineUs, lastCallUs, refusedUs, successUs } = this;
    const window = { seconds: this.#window.seconds, ...this.#window.toJSON() };
    const moved = { state, attempt, sinceUs, deadlineUs, lastCallUs };
    return { ...moved, refusedUs, successUs, probes: null, window };
  }

  restore({ probes: _, window, ...rest }: MachineSnapshot): void {
    Object.assign(this, rest);
    if (window.seconds === this.#window.seconds) this.#window.restore(window);
  }

  #success(endUs: number): void {
    if (this.state === 'OPEN' && endUs >= this.deadlineUs!) {
      this.successUs = Math.min(endUs, this.successUs ?? endUs);
    }
    if (this.state === 'HALF_OPEN' && endUs >= this.sinceUs!) {
      this.deadlineUs = Math.min(endUs, this.deadlineUs ?? endUs);
    }
  }

  #refusal(endUs: number): Change | null {
    const counted = this.#window.recordNotPermitted(secondOf(endUs));
    if (endUs > this.refusedUs) this.refusedUs = endUs;
    if (this.state === 'OPEN') {
      this.deadlineUs = Math.max(this.deadlineUs!, this.#holdUntil(endUs));
      if (this.successUs !== null && this.successUs < this.deadlineUs) this.successUs = null;
      return null;
    }
    // What was refused before the breaker last moved belongs to the state of its time.
    if (this.sinceUs !== null && endUs < this.sinceUs) return null;
    if (this.state === 'HALF_OPEN') return this.#refusalHalfOpen(endUs);
    const enough = counted && this.#window.notPermitted >= this.#policy.refusals;
    // Not at the one that came last: an opening must not be older than what it is for.
    return enough ? this.#move('OPEN', 'refusals_seen', this.refusedUs) : null;
  }

  /** One is enough, unless a success was before it: then it is the first that the closed breaker counts. */
  #refusalHalfOpen(endUs: number): Change {
    const closesUs = this.deadlineUs;
    if (closesUs === null || endUs < closesUs || this.#policy.refusals === 1) {
      return this.#move('OPEN', 'refusals_seen', endUs);
    }
    const closed = this.#move('CLOSED', 'successes_seen', closesUs);
    this.#window.recordNotPermitted(secondOf(endUs));
    return closed;
  }

  #move(to: BreakerState, reason: TransitionReason, atUs: number): Change {
    const from = this.state;
    if (to === 'OPEN') this.attempt++;
    if (to === 'CLOSED') this.attempt = 0;
    this.state = to;
    this.sinceUs = Math.max(atUs, this.sinceUs ?? 0);
    this.deadlineUs = this.#deadline();
    this.successUs = null;
    const change: Change = {
      from,
      to,
      reason,
      atUs: this.sinceUs,
      ...this.figures(),
      windowSeconds: this.#policy.windowSeconds,
      attempt: this.attempt,
      nextProbeAtUs: null,
    };
    if (to === 'CLOSED') this.#window.clear();
    return change;
  }

  #deadline(): number | null {
    if (this.state === 'OPEN') return this.#holdUntil(this.refusedUs);
    return this.state === 'HALF_OPEN' ? this.successUs : null;
  }

  #holdUntil(us: number): number {
    return us + this.#policy.holdSeconds * SECOND_US;
  }
}
