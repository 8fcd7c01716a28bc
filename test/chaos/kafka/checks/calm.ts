import type { Telling } from '../../checks/fate.ts';
import type { Suffered } from '../trouble.ts';
import type { Start } from './notifier-starts.ts';

interface Span {
  from: number;
  to: number;
}

/** Longer than a notifier in peace needs: half a second to group, a second of pace, Slack's own time, a 429 on the way. */
const ENOUGH_MS = 6_000;

/** When nothing kept notifiers from telling. */
export class Calm implements Telling {
  readonly #troubled: readonly Span[];

  constructor(suffered: readonly Suffered[], starts: readonly Start[]) {
    const disturbed = suffered
      .filter(({ kind, members }) => {
        const ofBrokers = !kind.startsWith('process') && members.length === 0;
        return ofBrokers || kind === 'full restart' || members.some((name) => name.startsWith('n'));
      })
      .map(({ from, over }) => {
        // Another one takes over once the session is over, or this one when it is back.
        const next = starts.find(({ at }) => at > from);
        const to = next !== undefined && next.at < over + TAKEN_OVER_MS ? next.at : over;
        return { from, to: Math.max(to, over) };
      });
    const takenOver = starts.map(({ readFrom, at }) => ({ from: Math.min(readFrom, at), to: at }));
    this.#troubled = [...disturbed, ...takenOver].sort((a, b) => a.from - b.from);
  }

  /** Whether there was time to tell between the two. */
  wasPossible(fromMs: number, untilMs: number): boolean {
    let at = fromMs;
    for (const { from, to } of this.#troubled) {
      if (to <= at) continue;
      if (Math.min(from, untilMs) - at >= ENOUGH_MS) return true;
      at = Math.max(at, to);
    }
    return untilMs - at >= ENOUGH_MS;
  }

  /** Whether something was wrong at some time between the two. */
  wasCut(fromMs: number, untilMs: number): boolean {
    return this.#troubled.some(({ from, to }) => to >= fromMs && from <= untilMs);
  }
}

const TAKEN_OVER_MS = 15_000;
