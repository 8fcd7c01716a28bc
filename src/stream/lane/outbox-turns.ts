import type { Target } from './frame.ts';
import type { Outbox } from './outbox.ts';

/** When what waits in an outbox is tried again, and how much of it at once. */
export class OutboxTurns {
  readonly #outbox: Outbox;
  readonly #wakeIn: (ms: number) => void;
  #isTaking = false;
  #pauseMs = FIRST_PAUSE_MS;

  /** @param wakeIn asks for a turn in so many ms */
  constructor(outbox: Outbox, wakeIn: (ms: number) => void) {
    this.#outbox = outbox;
    this.#wakeIn = wakeIn;
    if (outbox.targets().length > 0) wakeIn(0);
  }

  /** Something waits. */
  readonly askForOne = (): void => this.#wakeIn(this.#pauseMs);

  /**
   * Each target that has something waiting is drained once, a few at a time; asks for the next turn as long as there is
   * something. `drain` says whether nothing is left.
   */
  async take(drain: (target: Target) => Promise<boolean>): Promise<void> {
    if (this.#isTaking) return;
    this.#isTaking = true;
    let isAllDrained = false;
    try {
      isAllDrained = await fewAtOnce(this.#outbox.targets(), drain);
    } finally {
      this.#isTaking = false;
      this.#pauseMs = isAllDrained ? FIRST_PAUSE_MS : Math.min(2 * this.#pauseMs, LONGEST_PAUSE_MS);
      if (this.#outbox.targets().length > 0) this.askForOne();
    }
  }
}

async function fewAtOnce(
  targets: Target[],
  drain: (target: Target) => Promise<boolean>,
): Promise<boolean> {
  // One iterator for all: each takes the next that nobody has.
  const next = targets.values();
  let isAllDrained = true;
  const drainSome = async () => {
    for (const target of next) if (!(await drain(target))) isAllDrained = false;
  };
  await Promise.all(Array.from({ length: AT_ONCE }, drainSome));
  return isAllDrained;
}

/** Each has a batch of 1 MiB in memory, and a client that makes several times that of it. */
const AT_ONCE = 4;
/** Between two turns, ms. */
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 4_000;
