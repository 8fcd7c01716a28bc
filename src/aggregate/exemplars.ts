import type { Exemplar } from '../model/state.ts';

/** A few of the slowest and of the newest failed requests of the last five minutes. */
export class Exemplars {
  /** Slowest first. */
  #slowest: Exemplar[] = [];
  /** Newest first. */
  #failed: Exemplar[] = [];

  /** Whether {@link Exemplars.add} would keep it. */
  wants(outcome: string, at: number, latencyMs: number | null): boolean {
    if (outcome === 'failure' || outcome === 'refused') {
      return this.#failed.length < KEPT || at > this.#failed.at(-1)!.at;
    }
    if (outcome !== 'success' || latencyMs === null) return false;
    return this.#slowest.length < KEPT || latencyMs > this.#slowest.at(-1)!.latencyMs!;
  }

  add(exemplar: Exemplar): void {
    if (!this.wants(exemplar.outcome, exemplar.at, exemplar.latencyMs)) return;
    if (exemplar.outcome === 'success') {
      this.#slowest = [exemplar, ...this.#slowest]
        .sort((a, b) => b.latencyMs! - a.latencyMs!)
        .slice(0, KEPT);
    } else {
      this.#failed = [exemplar, ...this.#failed].sort((a, b) => b.at - a.at).slice(0, KEPT);
    }
  }

  /** Failed first, newest first; then the slowest. */
  since(oldestMs: number): Exemplar[] {
    this.#failed = this.#failed.filter(({ at }) => at >= oldestMs);
    this.#slowest = this.#slowest.filter(({ at }) => at >= oldestMs);
    return [...this.#failed, ...this.#slowest];
  }
}

const KEPT = 5;
export const EXEMPLAR_AGE_MS = 300_000;
