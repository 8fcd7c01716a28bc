import { SECOND_US } from '../../model/time.ts';
import { type Carried, firstOver, lastOf, lastSuccessIn, sumOf } from './carried.ts';

/** Who took over what a cluster lost, and since when. */
export interface Taken {
  to: string;
  /** The first one in which it carried, epoch second. */
  second: number;
  us: number;
}

/** A cluster had carried a good part of a service's requests, and then none or nearly none. */
export interface Loss {
  from: string;
  /** The last one in which it carried, epoch second. */
  second: number;
  /** Its last success, µs. */
  beganUs: number;
  /** Successes a second in the ten seconds up to then, its own and those of the others. */
  rate: number;
  others: readonly [name: string, rate: number][];
  /** So many a second count as nearly none. */
  quiet: number;
  /** Index of SIDES: who told. */
  side: number;
  /** Null as long as nobody took over. */
  taken: Taken | null;
}

/**
 * The losses of a cluster in the seconds at hand, oldest first: in ten seconds it had {@link LEAST} successes and
 * {@link SHARE} of the service's, and in each of the following {@link HOLD_S} no more than {@link QUIET} of its rate.
 *
 * @param known losses of it that began before; until it carried again there is no other
 */
export function lossesOf(
  cluster: Carried,
  all: readonly Carried[],
  side: number,
  known: readonly Loss[],
): Loss[] {
  const losses: Loss[] = [];
  const last = lastOf(cluster);
  let second = cluster.first + LOSS_S - 1;
  for (const loss of known) {
    second = Math.max(second, firstOver(cluster, loss.second + 1, loss.quiet) ?? last + 1);
  }
  for (; second + HOLD_S <= last; second++) {
    const loss = lossAt(cluster, all, side, second);
    if (loss === null) continue;
    const back = firstOver(cluster, second + 1, loss.quiet) ?? last + 1;
    if (back <= second + HOLD_S) continue;
    losses.push(loss);
    second = back - 1;
  }
  return losses;
}

/** The loss, if the cluster carried up to that second and not in the next. */
function lossAt(
  cluster: Carried,
  all: readonly Carried[],
  side: number,
  second: number,
): Loss | null {
  const from = second - LOSS_S + 1;
  const own = sumOf(cluster, from, LOSS_S);
  if (own < LEAST) return null;
  const rate = own / LOSS_S;
  const quiet = rate * QUIET;
  if (sumOf(cluster, second, 1) <= quiet || sumOf(cluster, second + 1, 1) > quiet) return null;
  const others = all
    .filter((other) => other !== cluster)
    .map((other): [string, number] => [other.name, sumOf(other, from, LOSS_S) / LOSS_S]);
  const whole = others.reduce((sum, [, each]) => sum + each, rate);
  if (rate < whole * SHARE) return null;
  const beganUs = lastSuccessIn(cluster, second) ?? (second + 1) * SECOND_US;
  return { from: cluster.name, second, beganUs, rate, others, quiet, side, taken: null };
}

/** What a cluster carried is its mean over so many seconds. */
export const LOSS_S = 10;
/** As long is what is seen no coincidence. */
export const HOLD_S = 5;
/** At fewer, five seconds without one are likely enough by chance. */
const LEAST = 30;
const SHARE = 0.2;
const QUIET = 0.1;
