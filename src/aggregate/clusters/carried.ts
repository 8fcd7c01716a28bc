import { SECOND_US } from '../../model/time.ts';

/** What one cluster answered with success in the last seconds, as one side told. */
export interface Carried {
  readonly name: string;
  /** Epoch second of the first of `successes`, which has one number a second. */
  readonly first: number;
  readonly successes: readonly number[];
  /** The first and the last success of the newest run, µs. */
  readonly sinceUs: number;
  readonly lastUs: number;
}

/** Successes in `count` seconds from `second` on; seconds that are not there count as none. */
export function sumOf({ first, successes }: Carried, second: number, count: number): number {
  let sum = 0;
  for (let at = second; at < second + count; at++) sum += successes[at - first] ?? 0;
  return sum;
}

/** The first second from `second` on with more than `most` successes; null when there is none. */
export function firstOver(
  { first, successes }: Carried,
  second: number,
  most: number,
): number | null {
  const from = Math.max(second - first, 0);
  const found = successes.findIndex((count, index) => index >= from && count > most);
  return found < 0 ? null : first + found;
}

/** The newest second that is told of. */
export const lastOf = ({ first, successes }: Carried) => first + successes.length - 1;

/** The last success, µs, if it was in that second: nothing came after it. */
export function lastSuccessIn({ lastUs }: Carried, second: number): number | null {
  return Math.floor(lastUs / SECOND_US) === second ? lastUs : null;
}
