import { Random } from '../../random.ts';

/** Called services, all in one namespace. The first one's callers have breakers of their own, which refuse. */
export const SERVICES = ['ratings', 'reviews', 'details', 'cart', 'orders'] as const;
export const NAMESPACE = 'shop';

/**
 * When each service fails: a seeded row of good and bad spells. Bad ones are long enough to trip a breaker that looks
 * at three seconds, good ones to close it again, sometimes only just.
 */
export class Weather {
  readonly #startMs: number;
  readonly #turns = new Map<string, readonly number[]>();

  constructor(seed: number, startMs: number, seconds: number) {
    this.#startMs = startMs;
    for (const [index, service] of [...SERVICES, 'payments', 'search'].entries()) {
      const random = new Random(seed * 31 + index);
      const turns: number[] = [];
      for (let at = 0; at < seconds * 1_000; ) {
        const spellMs = turns.length % 2 === 0 ? between(random, 6, 16) : between(random, 2, 7);
        at += spellMs * 1_000;
        turns.push(at);
      }
      this.#turns.set(service, turns);
    }
  }

  isBad(service: string, atMs: number): boolean {
    const since = atMs - this.#startMs;
    const turns = this.#turns.get(service) ?? [];
    const past = turns.findIndex((turn) => since < turn);
    return past % 2 === 1;
  }
}

export function between(random: Random, from: number, to: number): number {
  return from + (to - from) * random.next();
}
