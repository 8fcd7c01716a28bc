import type { ObservedBreakerPolicy } from '../../../src/model/policy.ts';

export interface Told {
  endUs: number;
  result: 'success' | 'failure' | 'not_permitted' | 'ignored';
}

export interface Move {
  to: 'OPEN' | 'HALF_OPEN' | 'CLOSED';
  atUs: number;
}

/**
 * What the `observed` breaker has to do by its documented rules, for whoever knows every call that ended up to
 * `untilUs`: plainly, with all refusals in a list. Shares nothing with the product.
 */
export function movesByRules(
  calls: readonly Told[],
  { refusals, windowSeconds, holdSeconds }: ObservedBreakerPolicy,
  untilUs: number,
): Move[] {
  const moves: Move[] = [];
  let refused: number[] = [];
  const state = () => moves.at(-1)?.to ?? 'CLOSED';
  const waitedTo = (us: number) => {
    const holdEndsUs = refused.at(-1)! + holdSeconds * 1e6;
    if (state() === 'OPEN' && us >= holdEndsUs) moves.push({ to: 'HALF_OPEN', atUs: holdEndsUs });
  };
  for (const { endUs, result } of calls.toSorted((a, b) => a.endUs - b.endUs)) {
    waitedTo(endUs);
    if (result === 'success' && state() === 'HALF_OPEN') {
      moves.push({ to: 'CLOSED', atUs: endUs });
      refused = [];
    }
    if (result !== 'not_permitted') continue;
    refused.push(endUs);
    const oldest = Math.floor(endUs / 1e6) - windowSeconds;
    const counted = refused.filter((us) => Math.floor(us / 1e6) > oldest).length;
    const opens = state() === 'HALF_OPEN' || (state() === 'CLOSED' && counted >= refusals);
    if (opens) moves.push({ to: 'OPEN', atUs: endUs });
  }
  waitedTo(untilUs);
  return moves;
}
