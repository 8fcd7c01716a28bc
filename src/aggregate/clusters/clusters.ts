import { OUTCOMES } from '../../model/outcome.ts';
import type { CellsByView, Rollup } from '../../model/rollup.ts';
import { OTHER, type ServiceState } from '../../model/state.ts';
import { toMs } from '../../model/time.ts';
import { WINDOWS, type WindowName } from '../../model/windows.ts';
import type { CellStore } from '../cell-store.ts';
import type { Counted } from '../counted.ts';
import { type Member, type MemberSnapshot, Members } from '../members.ts';
import { fullestOf } from '../series-by-reporter.ts';
import type { Carried } from './carried.ts';
import { Failovers, type FailoversSnapshot } from './failovers.ts';
import { bestSide, SIDE_OF_VIEW, SIDES, type SideIndex } from './sides.ts';
import { SuccessRuns, type SuccessRunsSnapshot } from './success-runs.ts';

/** A mesh cluster that answers requests of a service. */
export interface ClusterMember extends Member {
  readonly runs: SuccessRuns;
}

/** The mesh clusters of one service: what each answered, and how requests moved between them. */
export class Clusters {
  readonly #members: Members<string>;
  readonly #runs = new Map<string, SuccessRuns>();
  readonly #failovers = new Failovers();

  constructor(store: CellStore) {
    this.#members = new Members(store);
  }

  fits(name: string): boolean {
    return this.#members.has(name) || this.#members.size < MAX_CLUSTERS;
  }

  /** The cluster, made if need be, as of a request that ended at `endUs`. */
  seen(name: string, endUs: number): ClusterMember {
    const member = this.#members.seen(name, endUs);
    let runs = this.#runs.get(name);
    if (runs === undefined) {
      runs = new SuccessRuns();
      this.#runs.set(name, runs);
    }
    return Object.assign(member, { runs });
  }

  /** Notes when the cluster answered with success; its windows are the service's to fill. */
  count({ runs }: ClusterMember, { outcome, view, endUs }: Counted): void {
    if (outcome === SUCCESS) runs.add(SIDE_OF_VIEW[view]!, endUs);
  }

  rollup(cellsOf: (member: Member) => CellsByView): Pick<Rollup, 'clusters'> {
    const clusters = [...this.#members]
      .map(([cluster, member]): [string, CellsByView] => [cluster, cellsOf(member)])
      .filter(([, cells]) => Object.keys(cells).length > 0);
    return clusters.length === 0 ? {} : { clusters };
  }

  /** Puts back a minute as it was published; clusters that were forgotten since stay so. */
  restoreMinute({ minute, clusters = [] }: Rollup): void {
    for (const [cluster, cells] of clusters) {
      this.#members.get(cluster)?.requests.restoreMinute(minute, cells);
    }
  }

  /** What is told of them at the watermark's second; judges what the seconds before it show of failovers. */
  state(at: number, isBlind: (name: WindowName) => boolean): ClustersState {
    if (this.#members.size > 1) this.#judge(at);
    const sides = new Map(WINDOWS.map((name) => [name, SIDES[this.#side(name, at)]!]));
    const clusters = [...this.#members].map(([cluster, member]) => ({
      cluster,
      firstSeen: toMs(member.firstSeenUs),
      lastSeen: toMs(member.lastSeenUs),
      windows: member.requests.windows(
        at,
        (see, name) => fullestOf(sides.get(name)!, see),
        isBlind,
      ),
    }));
    return { clusters, failovers: this.#failovers.list };
  }

  forget(us: number): void {
    this.#members.forget(us);
    for (const name of this.#runs.keys()) if (!this.#members.has(name)) this.#runs.delete(name);
  }

  /** Gives the memory of its windows back; it must not be used afterwards. */
  free(): void {
    this.#members.free();
  }

  toJSON(): ClustersSnapshot | null {
    if (this.#members.size === 0 && this.#failovers.list.length === 0) return null;
    return {
      members: this.#members.toJSON(),
      runs: [...this.#runs].map(([name, runs]) => [name, runs.toJSON()]),
      failovers: this.#failovers.toJSON(),
    };
  }

  restore(snapshot: ClustersSnapshot | null): void {
    if (snapshot === null) return;
    this.#members.restore(snapshot.members);
    for (const [name, runs] of snapshot.runs) this.seen(name, 0).runs.restore(runs);
    this.#failovers.restore(snapshot.failovers);
  }

  #judge(at: number): void {
    const side = this.#side('1m', at);
    const carried = [...this.#members]
      .filter(([name]) => name !== OTHER)
      .map(([name, member]) => this.#carried(name, member, side, at));
    if (carried.length > 1) this.#failovers.judge(carried, side);
  }

  #carried(name: string, { requests }: Member, side: SideIndex, at: number): Carried {
    const first = at - MINUTE_S;
    const runs = this.#runs.get(name)!;
    const successes = Array.from({ length: MINUTE_S }, (_, index) => {
      const views = SIDES[side]!.map((view) => requests.inSecond(view, first + index, SUCCESS));
      return Math.max(...views);
    });
    return { name, first, successes, sinceUs: runs.sinceUs(side), lastUs: runs.lastUs(side) };
  }

  /** The side that is asked in a window: the same for all clusters, or one would count what another one answered. */
  #side(name: WindowName, at: number): SideIndex {
    const members = [...this.#members];
    return bestSide((view) => members.some(([, { requests }]) => requests.saw(view, name, at)));
  }
}

type ClustersState = Pick<ServiceState, 'clusters' | 'failovers'>;

/** For checkpoints. */
export interface ClustersSnapshot {
  members: MemberSnapshot<string>[];
  runs: [name: string, runs: SuccessRunsSnapshot][];
  failovers: FailoversSnapshot;
}

const SUCCESS = OUTCOMES.indexOf('success');
/** Closed seconds before the watermark's, as many as a series surely still has one by one. */
const MINUTE_S = 60;
/** Of a service, whose state is one record. */
const MAX_CLUSTERS = 20;
