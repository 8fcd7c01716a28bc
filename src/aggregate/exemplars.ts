import type { Exemplar } from '../model/state.ts';

/**
 * A few of the slowest and of the newest failed requests of the last five minutes.
 *
 * What is shown depends on the requests of those minutes alone, not on what was kept before: a fold that was rebuilt
 * from the last minutes shows the same. So a slow request keeps out only those of its own minute and of minutes
 * before it, which it outlives.
 */
export class Exemplars {
  /** Slowest first, of equals the first that came; each beaten by fewer than {@link SHOWN} that last as long. */
  #slowest: Exemplar[] = [];
  /** Newest first. */
  #failed: Exemplar[] = [];

  add(exemplar: Exemplar): void {
    const { outcome, at, latencyMs } = exemplar;
    if (outcome === 'failure' || outcome === 'refused') {
      if (this.#failed.length === SHOWN && at <= this.#failed.at(-1)!.at) return;
      this.#failed = [exemplar, ...this.#failed].sort((a, b) => b.at - a.at).slice(0, SHOWN);
    } else if (outcome === 'success' && latencyMs !== null) {
      this.#addSlow(exemplar, latencyMs);
    }
  }

  /** Failed first, newest first; then the slowest. */
  since(oldestMs: number): Exemplar[] {
    // Whole minutes go, so that what comes late to one finds there what was there before.
    this.#slowest = this.#slowest.filter(({ at }) => minuteOf(at) >= minuteOf(oldestMs));
    const recent = ({ at }: Exemplar) => at >= oldestMs;
    return [...this.#failed.filter(recent), ...this.#slowest.filter(recent).slice(0, SHOWN)];
  }

  toJSON(): ExemplarsSnapshot {
    return { slowest: this.#slowest, failed: this.#failed };
  }

  restore({ slowest, failed }: ExemplarsSnapshot): void {
    this.#slowest = [...slowest];
    this.#failed = [...failed];
  }

  #addSlow(exemplar: Exemplar, latencyMs: number): void {
    const minute = minuteOf(exemplar.at);
    const slowest = this.#slowest;
    let place = 0;
    let beating = 0;
    for (; place < slowest.length && slowest[place]!.latencyMs! >= latencyMs; place++) {
      if (minuteOf(slowest[place]!.at) >= minute) beating++;
    }
    if (beating >= SHOWN) return;
    const before = slowest.toSpliced(place, 0, exemplar);
    this.#slowest = before.filter((kept, i) => beatingOf(before.slice(0, i), kept) < SHOWN);
  }
}

/** For checkpoints. */
export interface ExemplarsSnapshot {
  slowest: readonly Exemplar[];
  failed: readonly Exemplar[];
}

/** How many of these, all slower, are shown at least as long as this one. */
function beatingOf(slower: readonly Exemplar[], { at }: Exemplar): number {
  return slower.filter((other) => minuteOf(other.at) >= minuteOf(at)).length;
}

const minuteOf = (ms: number) => Math.floor(ms / 60_000);
/** Of each kind. */
const SHOWN = 5;
export const EXEMPLAR_AGE_MS = 300_000;
