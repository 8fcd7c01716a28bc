import type { Timers } from '../../src/model/clock.ts';

/** A clock and timers that move only when told. */
export class ManualTime implements Timers {
  now: number;
  readonly #sleepers = new Set<{ at: number; wake: () => void }>();

  constructor(now = 1_760_000_000_000) {
    this.now = now;
  }

  clock = () => this.now;

  get sleeping(): number {
    return this.#sleepers.size;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const sleeper = {
        at: this.now + ms,
        wake: () => {
          this.#sleepers.delete(sleeper);
          resolve();
        },
      };
      this.#sleepers.add(sleeper);
      signal?.addEventListener('abort', () => {
        this.#sleepers.delete(sleeper);
        reject(signal.reason);
      });
    });
  }

  /** Wakes whoever sleeps less than `ms` from now, in order, letting each act before the next. */
  async advance(ms: number): Promise<void> {
    const end = this.now + ms;
    for (;;) {
      await settle();
      const next = [...this.#sleepers].sort((a, b) => a.at - b.at)[0];
      if (!next || next.at > end) break;
      this.now = Math.max(this.now, next.at);
      next.wake();
    }
    this.now = end;
  }
}

/** Lets everything run that waits for nothing outside: the hops of promises and of `setTimeout(…, 0)`. */
export async function settle(): Promise<void> {
  for (let hop = 0; hop < 12; hop += 1) await new Promise((resolve) => setTimeout(resolve, 0));
}
