/** Those who wait until a following has handed over all that was there when they asked. */
export class FollowingWaiters {
  readonly #position: (partition: number) => number | undefined;
  #waiting: Waiter[] = [];
  #over: { error: unknown } | null = null;

  /** @param position everything below it has been handed over */
  constructor(position: (partition: number) => number | undefined) {
    this.#position = position;
  }

  /**
   * Resolves when every partition has passed its target, an offset; rejects with why the following is over when that comes
   * first.
   */
  reach(targets: readonly number[]): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#over !== null) throw this.#over.error;
      this.#waiting.push({ targets, resolve, reject });
      this.settle();
    });
  }

  /** Positions have moved. */
  settle(): void {
    const passed = ({ targets }: Waiter) =>
      targets.every((target, partition) => (this.#position(partition) ?? 0) >= target);
    for (const waiter of this.#waiting.filter(passed)) waiter.resolve();
    this.#waiting = this.#waiting.filter((waiter) => !passed(waiter));
  }

  /** Nothing is handed over any more. */
  end(error: unknown): void {
    this.settle();
    this.#over = { error };
    for (const { reject } of this.#waiting) reject(error);
    this.#waiting = [];
  }
}

interface Waiter {
  targets: readonly number[];
  resolve(): void;
  reject(error: unknown): void;
}

/** Why a following is over; without anybody to tell, thrown where nobody catches it. */
export function reportFailure(
  error: unknown,
  onFailed: ((error: unknown) => void) | undefined,
): void {
  if (onFailed !== undefined) onFailed(error);
  else
    queueMicrotask(() => {
      throw error;
    });
}
