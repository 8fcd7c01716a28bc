import type { Alert } from '../model/alert.ts';

/** A state that a receiver is still to be told. */
export interface Owed {
  alert: Alert;
  attempts: number;
  /** An attempt to tell the opening of this incident got no clear answer. */
  maybeTold: boolean;
}

/**
 * What one receiver is owed: the newest state of each incident, oldest first, at most `bound` of them.
 * An incident is an alert key and the time it began.
 */
export class OwedQueue {
  readonly #owed = new Map<string, Owed>();
  readonly #bound: number;
  #filled = Promise.withResolvers<void>();

  constructor(bound: number) {
    this.#bound = bound;
  }

  get size(): number {
    return this.#owed.size;
  }

  get(alert: Alert): Owed | undefined {
    return this.#owed.get(incidentOf(alert));
  }

  /** Whether any incident of this alert is owed. */
  has(alertKey: string): boolean {
    return this.#owed.values().some(({ alert }) => alert.key === alertKey);
  }

  /** Puts it last. Returns what had to go for it. */
  add(owed: Owed): Owed[] {
    this.#owed.set(incidentOf(owed.alert), owed);
    this.#filled.resolve();
    return this.#dropOldest();
  }

  /** Puts back what was taken, before everything that came since. Returns what had to go for it. */
  putBack(taken: readonly Owed[]): Owed[] {
    const since = [...this.#owed];
    this.#owed.clear();
    for (const owed of taken) this.#owed.set(incidentOf(owed.alert), owed);
    for (const [incident, owed] of since) this.#owed.set(incident, owed);
    if (this.size > 0) this.#filled.resolve();
    return this.#dropOldest();
  }

  remove(alert: Alert): void {
    this.#owed.delete(incidentOf(alert));
    this.#emptied();
  }

  /** Takes the oldest out, at most `max`. */
  take(max: number): Owed[] {
    const taken = [...this.#owed.values()].slice(0, max);
    for (const { alert } of taken) this.#owed.delete(incidentOf(alert));
    this.#emptied();
    return taken;
  }

  /** Resolves when something is owed, and at once when `signal` is aborted. */
  async filled(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const stopped = Promise.withResolvers<void>();
    const stop = () => stopped.resolve();
    signal.addEventListener('abort', stop);
    await Promise.race([this.#filled.promise, stopped.promise]);
    signal.removeEventListener('abort', stop);
  }

  #emptied(): void {
    if (this.size === 0) this.#filled = Promise.withResolvers<void>();
  }

  #dropOldest(): Owed[] {
    return this.take(Math.max(0, this.size - this.#bound));
  }
}

function incidentOf(alert: Alert): string {
  return `${alert.startsAt} ${alert.key}`;
}
