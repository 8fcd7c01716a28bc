import { BreakerAlerts, type UnsequencedAlert } from '../alert/breaker-alerts.ts';
import type { Transition } from '../model/breaker.ts';

/** For checkpoints. */
export interface AlertBookSnapshot {
  firing: readonly UnsequencedAlert[];
  ended: [alertKey: string, endedAt: number][];
}

/** The alerts that transitions make, and when those that ended may be forgotten. Times are ms of event time. */
export class AlertBook {
  #alerts = new BreakerAlerts();
  readonly #ended = new Map<string, number>();

  /** The alert a transition makes; null when it makes none. */
  apply(transition: Transition): UnsequencedAlert | null {
    const { alert } = this.#alerts.apply(transition);
    if (alert?.status === 'firing') this.#ended.delete(alert.key);
    else if (alert !== null) this.#ended.set(alert.key, alert.endsAt!);
    return alert;
  }

  /** Forgets alerts that ended over a day before `atMs`; returns their keys. */
  forget(atMs: number): string[] {
    const old = [...this.#ended].filter(([, endedAt]) => atMs - endedAt >= FORGET_AFTER_MS);
    for (const [key] of old) this.#ended.delete(key);
    return old.map(([key]) => key);
  }

  toJSON(): AlertBookSnapshot {
    return { firing: this.#alerts.toJSON(), ended: [...this.#ended] };
  }

  restore({ firing, ended }: AlertBookSnapshot): void {
    this.#alerts = BreakerAlerts.fromJSON(firing);
    for (const [key, endedAt] of ended) this.#ended.set(key, endedAt);
  }
}

/** A receiver that was away for a day still hears of the end of an alert. */
const FORGET_AFTER_MS = 86_400_000;
