import type { Failover } from '../../model/state.ts';
import { type Carried, firstOver, lastOf, lastSuccessIn } from './carried.ts';
import { LOSS_S, type Loss, lossesOf } from './loss.ts';
import { takeoverOf } from './takeover.ts';

/**
 * The failovers of one service: a cluster that carried its requests lost them (`loss.ts`), and another one took them
 * over (`takeover.ts`). See RATIONALE.md.
 *
 * What the last minute's seconds show is judged anew each time, so that late events correct it. What is older stays.
 */
export class Failovers {
  /** By second; those that nobody took over yet among them. */
  #losses: Loss[] = [];
  /** The newest second that was judged. */
  #judged = -1;

  /** Judges the seconds of the last minute, which are the same for all clusters. `side` told of them. */
  judge(clusters: readonly Carried[], side: number): void {
    const { first } = clusters[0]!;
    const gap = first > this.#judged + 1;
    const inMinute = (loss: Loss) => loss.second - LOSS_S >= first - 1;
    const before = this.#losses.filter((loss) => !inMinute(loss));
    const again = this.#losses.filter(inMinute);
    const recent = before.filter(({ second }) => first - second < PATIENCE_S);
    const old = before.filter(({ taken }) => taken !== null);
    const found = clusters.flatMap((cluster) => {
      const known = recent.filter(({ from }) => from === cluster.name);
      const waiting = known.filter((loss) => loss.taken === null && loss.side === side && !gap);
      return [...waiting, ...lossesOf(cluster, clusters, side, known)];
    });
    const judged = found.flatMap((loss) => judgedAgain(loss, clusters, again));
    const all = [...old, ...judged].sort((a, b) => a.second - b.second);
    const taken = all.filter((loss) => loss.taken !== null).slice(-KEPT);
    this.#losses = all.filter((loss) => loss.taken === null || taken.includes(loss));
    this.#judged = lastOf(clusters[0]!);
  }

  /** Newest first. */
  get list(): Failover[] {
    return this.#losses
      .flatMap(({ from, beganUs, taken }) => {
        if (taken === null) return [];
        const { to, us } = taken;
        return { from, to, beganAt: toMs(beganUs), overAt: toMs(Math.max(us, beganUs)) };
      })
      .sort((a, b) => b.overAt - a.overAt);
  }

  toJSON(): FailoversSnapshot {
    return { losses: this.#losses, judged: this.#judged };
  }

  restore({ losses, judged }: FailoversSnapshot): void {
    this.#losses = [...losses];
    this.#judged = judged;
  }
}

export interface FailoversSnapshot {
  losses: readonly Loss[];
  judged: number;
}

/** The loss with who took it over, as far as can be told now; nothing where the cluster came back before anyone did. */
function judgedAgain(loss: Loss, clusters: readonly Carried[], again: readonly Loss[]): Loss[] {
  const own = clusters.find(({ name }) => name === loss.from)!;
  const back = firstOver(own, loss.second + 1, loss.quiet);
  // What was said of it before: the runs of successes have gone on since, and may not tell its times any more.
  const known = again.find(({ from, second }) => from === loss.from && second === loss.second);
  const beganUs = lastSuccessIn(own, loss.second) ?? known?.beganUs ?? loss.beganUs;
  const taken = takeoverOf(loss, clusters, back, known?.taken ?? null);
  return taken === null && back !== null ? [] : [{ ...loss, beganUs, taken }];
}

const toMs = (us: number) => Math.floor(us / 1_000);
/** So long after a loss another cluster may still take over. */
const PATIENCE_S = 600;
/** Failovers of one service. */
const KEPT = 5;
