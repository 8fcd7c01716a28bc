import type { ViewChange } from '../../views/feed.ts';

/** What one client is to be told next. */
export type Letter =
  | { kind: 'snapshot'; dropped: number }
  | { kind: 'heartbeat' }
  | { kind: 'end' }
  | ViewChange;

/**
 * What waits for one client, bounded: of a service only the newest state waits, and when more than `max` things wait
 * all of them are dropped and a fresh snapshot takes their place. The first letter is a snapshot.
 */
export class Mailbox {
  readonly #waiting = new Map<string, ViewChange>();
  readonly #max: number;
  #snapshot: { dropped: number } | null = { dropped: 0 };
  #heartbeat = false;
  #ended = false;
  #wake: (() => void) | null = null;

  constructor(max: number) {
    this.#max = max;
  }

  /** @returns how many letters were dropped to stay within the bound. */
  put(change: ViewChange): number {
    // The snapshot is taken when it is sent: it will hold this change.
    if (this.#ended || this.#snapshot) return 0;
    this.#waiting.set(keyOf(change), change);
    if (this.#waiting.size <= this.#max) {
      this.#ring();
      return 0;
    }
    const dropped = this.#waiting.size;
    this.#waiting.clear();
    this.#snapshot = { dropped };
    this.#ring();
    return dropped;
  }

  heartbeat(): void {
    this.#heartbeat = true;
    this.#ring();
  }

  /** After it, `next` gives out no more than the end. */
  end(): void {
    this.#ended = true;
    this.#waiting.clear();
    this.#ring();
  }

  /** The next letter, when there is one. One caller at a time. */
  async next(): Promise<Letter> {
    for (;;) {
      const letter = this.#take();
      if (letter) return letter;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #take(): Letter | null {
    if (this.#ended) return { kind: 'end' };
    if (this.#snapshot) {
      const letter: Letter = { kind: 'snapshot', ...this.#snapshot };
      this.#snapshot = null;
      return letter;
    }
    const [oldest] = this.#waiting;
    if (oldest) {
      this.#waiting.delete(oldest[0]);
      return oldest[1];
    }
    if (!this.#heartbeat) return null;
    this.#heartbeat = false;
    return { kind: 'heartbeat' };
  }

  #ring(): void {
    this.#wake?.();
    this.#wake = null;
  }
}

function keyOf(change: ViewChange): string {
  if (change.kind === 'state') return `state ${change.service}`;
  if (change.kind === 'delays') return 'delays';
  const { key, sequence } = change.kind === 'alert' ? change.alert : change.transition;
  return `${change.kind} ${sequence.join('-')} ${key}`;
}
