import { compareSequence } from '../model/breaker.ts';
import type { DependencyState, ServiceState } from '../model/state.ts';
import { WINDOWS, type Windows } from '../model/windows.ts';

/** A service that was quiet for so long, and whose windows say so, is no longer shown. */
export const QUIET_MS = 3_600_000;

/** One caller of one service, and the state of that service, which holds it. */
export interface Dependency {
  state: DependencyState;
  called: ServiceState;
}

/**
 * The newest state of every service. Readers never go backwards: a state whose sequence is not higher than the
 * one held is ignored.
 */
export class ServiceTable {
  readonly #states = new Map<string, ServiceState>();
  /** Of each of them the partition that it comes from. */
  readonly #partitions = new Map<string, number>();
  readonly #max: number;

  /** @param max Services held; the one that has been quiet longest makes room. */
  constructor(max: number) {
    this.#max = max;
  }

  /** False when the state was not news. */
  apply(state: ServiceState, partition = 0): boolean {
    const held = this.#states.get(state.service);
    if (held && compareSequence(state.sequence, held.sequence) <= 0) return false;
    if (!held && this.#states.size >= this.#max) this.#makeRoom();
    this.#states.set(state.service, state);
    this.#partitions.set(state.service, partition);
    return true;
  }

  delete(service: string): void {
    this.#states.delete(service);
    this.#partitions.delete(service);
  }

  /** Undefined for a service that is not known. */
  partitionOf(service: string): number | undefined {
    return this.#partitions.get(service);
  }

  /** @param asOf Event time by which to judge who is gone, ms. */
  get(service: string, asOf: number | null): ServiceState | null {
    const state = this.#states.get(service);
    return state && !isGone(state, asOf) ? state : null;
  }

  /** Those not gone, by name in code-unit order. */
  list(asOf: number | null): ServiceState[] {
    return [...this.#states.values()]
      .filter((state) => !isGone(state, asOf))
      .sort((a, b) => (a.service < b.service ? -1 : 1));
  }

  /** Every dependency not gone, by destination, then source. */
  dependencies(asOf: number | null): Dependency[] {
    return this.list(asOf).flatMap((called) =>
      called.callers
        .filter((caller) => !isGone({ ...caller, asOf: called.asOf }, asOf))
        .sort((a, b) => ((a.source ?? '') < (b.source ?? '') ? -1 : 1))
        .map((state) => ({ state, called })),
    );
  }

  /** Forgets those that are gone. */
  sweep(asOf: number | null): void {
    for (const [service, state] of this.#states) {
      if (isGone(state, asOf)) this.delete(service);
    }
  }

  #makeRoom(): void {
    let quietest: ServiceState | null = null;
    for (const state of this.#states.values()) {
      if (quietest === null || state.lastSeen < quietest.lastSeen) quietest = state;
    }
    if (quietest) this.delete(quietest.service);
  }
}

/**
 * Judged in event time, so that a replay of old traffic is shown as it was. The last state published for a
 * service may still have requests in its windows: once it is itself older than the longest window, it has none.
 */
function isGone(
  state: { asOf: number; lastSeen: number; windows: Windows },
  asOf: number | null,
): boolean {
  const now = Math.max(state.asOf, asOf ?? state.asOf);
  if (now - state.lastSeen <= QUIET_MS) return false;
  const empty = WINDOWS.every((name) => state.windows[name].requests === 0);
  return empty || now - state.asOf > QUIET_MS;
}
