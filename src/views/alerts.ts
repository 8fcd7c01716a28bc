import type { Alert } from '../model/alert.ts';
import { compareSequence } from '../model/breaker.ts';
import type { Addressed, Told } from '../model/notification.ts';

/** The newest state of every alert, a bounded history, and what was sent about them. */
export class AlertTable {
  readonly #latest = new Map<string, Alert>();
  readonly #history: Alert[] = [];
  /** By alert key, then receiver. */
  readonly #sent = new Map<string, Map<string, Told>>();
  readonly #maxAlerts: number;
  readonly #maxHistory: number;

  constructor(maxAlerts: number, maxHistory: number) {
    this.#maxAlerts = maxAlerts;
    this.#maxHistory = maxHistory;
  }

  /** False when it was not news. */
  apply(alert: Alert): boolean {
    const held = this.#latest.get(alert.key);
    if (held && compareSequence(alert.sequence, held.sequence) <= 0) return false;
    if (!held && this.#latest.size >= this.#maxAlerts) this.#makeRoom();
    this.#latest.delete(alert.key); // so that the map stays in order of change
    this.#latest.set(alert.key, alert);
    this.#history.push(alert);
    if (this.#history.length > this.#maxHistory) this.#history.shift();
    return true;
  }

  notified(sent: Told): void {
    const ofAlert = this.#sent.get(sent.alertKey) ?? new Map<string, Told>();
    const held = ofAlert.get(sent.receiver);
    if (held && compareSequence(sent.sequence, held.sequence) < 0) return;
    this.#sent.set(sent.alertKey, ofAlert.set(sent.receiver, sent));
    if (this.#sent.size <= this.#maxAlerts) return;
    const [oldest] = this.#sent.keys();
    if (oldest !== undefined) this.#sent.delete(oldest);
  }

  /** What the receiver was told of the alert is forgotten. */
  unnotified({ receiver, alertKey }: Addressed): void {
    const ofAlert = this.#sent.get(alertKey);
    ofAlert?.delete(receiver);
    if (ofAlert?.size === 0) this.#sent.delete(alertKey);
  }

  delete(key: string): void {
    this.#latest.delete(key);
    this.#sent.delete(key);
  }

  /** The newest state of every alert, what changed last first. */
  latest(): Alert[] {
    return [...this.#latest.values()].reverse();
  }

  /** Every state that is kept, newest first. */
  history(): Alert[] {
    return this.#history.toReversed();
  }

  /** What each receiver was last told about an alert. */
  sent(alertKey: string): Told[] {
    return [...(this.#sent.get(alertKey)?.values() ?? [])];
  }

  #makeRoom(): void {
    const [oldest] = this.#latest.values();
    let victim = oldest;
    for (const alert of this.#latest.values()) {
      if (alert.status === 'firing') continue;
      victim = alert;
      break;
    }
    if (victim) this.delete(victim.key);
  }
}
