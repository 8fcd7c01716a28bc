import type { Exemplar } from '../model/state.ts';

/** A few of the slowest and of the newest failed requests of the last five minutes. */
export class Exemplars {
  #slowest: Exemplar[] = [];
  #failed: Exemplar[] = [];

  add(exemplar: Exemplar): void {
    if (exemplar.outcome === 'failure' || exemplar.outcome === 'refused') {
      this.#failed = [exemplar, ...this.#failed].sort((a, b) => b.at - a.at).slice(0, KEPT);
    } else if (exemplar.outcome === 'success' && exemplar.latencyMs !== null) {
      this.#slowest = [exemplar, ...this.#slowest]
        .sort((a, b) => b.latencyMs! - a.latencyMs!)
        .slice(0, KEPT);
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
