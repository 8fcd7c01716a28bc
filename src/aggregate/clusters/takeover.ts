import { SECOND_US } from '../../model/time.ts';
import { type Carried, lastOf, sumOf } from './carried.ts';
import { HOLD_S, type Loss, type Taken } from './loss.ts';

/**
 * The first cluster that over {@link HOLD_S} seconds had more successes than before the loss, by {@link GAIN} of what
 * was lost; it carries from the first of them on that has {@link RISEN} of it. The one that gained most, if several did
 * at a time. Null when none did before `back`, when the first one carried again.
 *
 * @param known what was said of it before: its time stays where it is not known exactly any more
 */
export function takeoverOf(
  loss: Loss,
  all: readonly Carried[],
  back: number | null,
  known: Taken | null,
): Taken | null {
  const { first } = all[0]!;
  const last = Math.min(lastOf(all[0]!), (back ?? Infinity) - 1);
  for (let second = Math.max(loss.second, first); second + HOLD_S - 1 <= last; second++) {
    const to = gainedMost(loss, all, second);
    if (to === null) continue;
    const same = known?.to === to.name && known.second === second;
    const us = startedAt(to, second) ?? (same ? known.us : estimate(loss, to, second));
    return { to: to.name, second, us };
  }
  return null;
}

function gainedMost(loss: Loss, all: readonly Carried[], second: number): Carried | null {
  let best: Carried | null = null;
  let most = 0;
  for (const cluster of all) {
    if (cluster.name === loss.from) continue;
    const before = rateBefore(loss, cluster);
    const gain = gainOf(cluster, second, before, loss.rate);
    const risen = sumOf(cluster, second, 1) - before >= RISEN * loss.rate;
    if (!risen || gain < GAIN * loss.rate || gain <= most) continue;
    best = cluster;
    most = gain;
  }
  return best;
}

/** Mean over {@link HOLD_S} seconds; one with more than was lost counts as what was lost, or a burst would be a gain. */
function gainOf(cluster: Carried, second: number, before: number, most: number): number {
  let sum = 0;
  for (let at = second; at < second + HOLD_S; at++) {
    sum += Math.min(sumOf(cluster, at, 1) - before, most);
  }
  return sum / HOLD_S;
}

/** Its first success, µs, if it had none before. The part of a second before it may hold too few to have risen. */
function startedAt({ sinceUs }: Carried, second: number): number | null {
  const fromUs = (second - RISEN) * SECOND_US;
  return sinceUs >= fromUs && sinceUs < (second + 1) * SECOND_US ? sinceUs : null;
}

/** Within that second: so much of it as it has of what was gained in each of the following. */
function estimate(loss: Loss, cluster: Carried, second: number): number {
  const before = rateBefore(loss, cluster);
  const gained = sumOf(cluster, second + 1, HOLD_S - 1) / (HOLD_S - 1) - before;
  const share = gained > 0 ? Math.min((sumOf(cluster, second, 1) - before) / gained, 1) : 1;
  return Math.round((second + 1 - share) * SECOND_US);
}

function rateBefore({ others }: Loss, { name }: Carried): number {
  return others.find(([other]) => other === name)?.[1] ?? 0;
}

/** More than a burst of two seconds makes, less than half: two clusters may share what was lost. */
const GAIN = 0.45;
const RISEN = 0.25;
