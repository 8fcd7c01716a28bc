import type { Clock } from '../model/clock.ts';

/** Up to where partitions are folded without a commit since, because there was nothing to publish. */
export class FoldedOffsets {
  readonly #clock: Clock;
  readonly #offsets = new Map<number, { next: number; since: number }>();
  /** Up to where outputs were published, with a commit of their own. */
  readonly #published = new Map<number, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(partition: number, next: number): void {
    const since = this.#offsets.get(partition)?.since ?? this.#clock();
    this.#offsets.set(partition, { next, since });
  }

  /** To be committed together with outputs. */
  published(partition: number, next: number): void {
    this.#offsets.delete(partition);
    this.#published.set(partition, next);
  }

  /** No longer ours. */
  forget(partition: number): void {
    this.#offsets.delete(partition);
    this.#published.delete(partition);
  }

  /** What was taken could not be committed: it is still to be, unless what came since goes beyond it. */
  putBack(partition: number, next: number): void {
    const newest = Math.max(
      this.#offsets.get(partition)?.next ?? 0,
      this.#published.get(partition) ?? 0,
    );
    if (next > newest) this.add(partition, next);
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
