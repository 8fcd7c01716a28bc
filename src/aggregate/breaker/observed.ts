import type { BreakerState, TransitionReason } from '../../model/breaker.ts';
import type { ObservedBreakerPolicy } from '../../model/policy.ts';
import { SECOND_US, secondOf } from '../../model/time.ts';
import { CallWindow } from './call-window.ts';
import type { Call, Change, Figures, Machine, MachineSnapshot } from './machine.ts';

/**
 * The proxies' own breaker as its refusals (UO, UH, overload) show it: enough of them within the window is OPEN,
 * none for the hold is HALF_OPEN, a success after that is CLOSED.
 */
export class ObservedBreaker implements Machine {
  state: BreakerState = 'CLOSED';
  attempt = 0;
  sinceUs: number | null = null;
  deadlineUs: number | null = null;
  lastCallUs = 0;
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
    const recovered = this.state === 'HALF_OPEN' && result === 'success' && endUs >= this.sinceUs!;
    return recovered ? this.#move('CLOSED', 'successes_seen', endUs) : null;
  }

  passed(us: number): Change | null {
    if (this.state !== 'OPEN' || us < this.deadlineUs!) return null;
    return this.#move('HALF_OPEN', 'refusals_stopped', this.deadlineUs!);
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
  }

  figures(): Figures {
    const { calls, failed, notPermitted } = this.#window;
    return { failureRate: null, slowRate: null, calls, failed, notPermitted };
  }

  toJSON(): MachineSnapshot {
    const { state, attempt, sinceUs, deadlineUs, lastCallUs } = this;
    const window = { seconds: this.#window.seconds, ...this.#window.toJSON() };
    return { state, attempt, sinceUs, deadlineUs, lastCallUs, probes: null, window };
  }

  restore({ probes: _, window, ...rest }: MachineSnapshot): void {
    Object.assign(this, rest);
    if (window.seconds === this.#window.seconds) this.#window.restore(window);
  }

  #refusal(endUs: number): Change | null {
    const counted = this.#window.recordNotPermitted(secondOf(endUs));
    if (this.state === 'OPEN') {
      this.deadlineUs = Math.max(this.deadlineUs!, this.#holdUntil(endUs));
      return null;
    }
    // What was refused before the breaker last moved belongs to the state of its time.
    if (this.sinceUs !== null && endUs < this.sinceUs) return null;
    if (this.state === 'HALF_OPEN') return this.#move('OPEN', 'refusals_seen', endUs);
    const enough = counted && this.#window.notPermitted >= this.#policy.refusals;
    return enough ? this.#move('OPEN', 'refusals_seen', endUs) : null;
  }

  #move(to: BreakerState, reason: TransitionReason, atUs: number): Change {
    const from = this.state;
    if (to === 'OPEN') this.attempt++;
    if (to === 'CLOSED') this.attempt = 0;
    this.state = to;
    this.sinceUs = Math.max(atUs, this.sinceUs ?? 0);
    this.deadlineUs = to === 'OPEN' ? this.#holdUntil(this.lastCallUs) : null;
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

  #holdUntil(us: number): number {
    return us + this.#policy.holdSeconds * SECOND_US;
  }
}
