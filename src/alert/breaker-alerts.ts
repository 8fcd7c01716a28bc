import { type Alert, alertKey } from '../model/alert.ts';
import { compareSequence, type Transition } from '../model/breaker.ts';

/** An alert before the fold has given it its sequence. */
export type UnsequencedAlert = Omit<Alert, 'sequence'>;

/** Why a transition did, or did not, make an alert. */
export type AlertReason =
  /** A service's breaker opened: the alert fires. */
  | 'opened'
  /** It closed: the alert resolves. */
  | 'closed'
  /** It opened again before it had closed: the same incident goes on. */
  | 'still_open'
  /** It lets probes through: still firing. */
  | 'probing'
  /** One caller's breaker; a service is alerted on once, by its roll-up. */
  | 'not_a_rollup'
  /** At or before the opening this alert already knows. */
  | 'not_newer'
  /** It closed, but no alert was firing. */
  | 'not_firing';

export interface AlertDecision {
  reason: AlertReason;
  /** What to publish; null when this transition makes no alert. */
  alert: UnsequencedAlert | null;
}

/**
 * Turns breaker transitions into alerts: one incident from the first opening of a service's roll-up to its close.
 *
 * The state is the alerts that fire now; it travels in checkpoints through `toJSON` and `fromJSON`. The same
 * transitions in the same order always give the same alerts. It holds one alert per open service and basis.
 */
export class BreakerAlerts {
  readonly #firing = new Map<string, UnsequencedAlert>();

  static fromJSON(firing: readonly UnsequencedAlert[]): BreakerAlerts {
    const alerts = new BreakerAlerts();
    for (const alert of firing) alerts.#firing.set(alert.key, alert);
    return alerts;
  }

  toJSON(): readonly UnsequencedAlert[] {
    return [...this.#firing.values()];
  }

  /** The alerts firing now, by key. */
  get firing(): ReadonlyMap<string, UnsequencedAlert> {
    return this.#firing;
  }

  /** Feed every transition, in the order the fold makes them. */
  apply(transition: Transition): AlertDecision {
    const key = alertKey('breaker_open', transition.destination, transition.basis);
    const decision = decide(key, transition, this.#firing.get(key));
    if (decision.firing === undefined) this.#firing.delete(key);
    else this.#firing.set(key, decision.firing);
    return { reason: decision.reason, alert: decision.alert };
  }
}

interface Step extends AlertDecision {
  /** What fires under this key afterwards. */
  firing: UnsequencedAlert | undefined;
}

function decide(key: string, transition: Transition, firing: UnsequencedAlert | undefined): Step {
  const nothing = (reason: AlertReason): Step => ({ reason, alert: null, firing });
  if (!transition.rollup) return nothing('not_a_rollup');
  if (firing && compareSequence(transition.sequence, firing.opened.sequence) <= 0) {
    return nothing('not_newer');
  }
  switch (transition.to) {
    case 'HALF_OPEN':
      return nothing('probing');
    case 'OPEN':
      if (firing) return { ...nothing('still_open'), firing: { ...firing, opened: transition } };
      return publish('opened', opening(key, transition));
    case 'CLOSED':
      if (!firing) return nothing('not_firing');
      return publish('closed', {
        ...firing,
        status: 'resolved',
        endsAt: transition.at,
        transition,
      });
  }
}

function publish(reason: AlertReason, alert: UnsequencedAlert): Step {
  return { reason, alert, firing: alert.status === 'firing' ? alert : undefined };
}

function opening(key: string, transition: Transition): UnsequencedAlert {
  return {
    key,
    rule: 'breaker_open',
    status: 'firing',
    service: transition.destination,
    startsAt: transition.at,
    endsAt: null,
    transition,
    opened: transition,
  };
}
