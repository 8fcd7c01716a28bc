import type { Clock } from '../model/clock.ts';

/** Up to where partitions are folded without a commit since, because there was nothing to publish. */
export class FoldedOffsets {
  readonly #clock: Clock;
  readonly #offsets = new Map<number, { next: number; since: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(partition: number, next: number): void {
    const since = this.#offsets.get(partition)?.since ?? this.#clock();
    this.#offsets.set(partition, { next, since });
  }

  /** Committed together with outputs, or no longer ours. */
  delete(partition: number): void {
    this.#offsets.delete(partition);
  }

  /** The offset to commit if the first that it stands for has waited so long, then forgotten; null when none has. */
  take(partition: number, waitedMs: number): number | null {
    const found = this.#offsets.get(partition);
    // A clock that was set back must not hold it for ever.
    if (found === undefined || Math.abs(this.#clock() - found.since) < waitedMs) return null;
    this.#offsets.delete(partition);
    return found.next;
  }
}
