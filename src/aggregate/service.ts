import type { Sequence } from '../model/breaker.ts';
import type { Policy } from '../model/policy.ts';
import type { CellsByView, Rollup } from '../model/rollup.ts';
import type { Exemplar, ServiceState } from '../model/state.ts';
import { SECOND_US, secondOf, toMs } from '../model/time.ts';
import type { WindowName } from '../model/windows.ts';
import type { Dependency } from './breaker/dependency.ts';
import { type BreakersSnapshot, ServiceBreakers, type Step } from './breaker/service-breakers.ts';
import type { CellStore } from './cell-store.ts';
import { Clusters, type ClustersSnapshot } from './clusters/clusters.ts';
import type { Counted } from './counted.ts';
import { Evidence, type EvidenceSnapshot, RANKS } from './evidence.ts';
import { EXEMPLAR_AGE_MS, Exemplars, type ExemplarsSnapshot } from './exemplars.ts';
import { type Member, type MemberSnapshot, Members } from './members.ts';
import type { PlaceInService } from './place.ts';
import type { Series } from './series.ts';
import {
  fullest,
  nearestToCaller,
  SeriesByReporter,
  type ViewIndex,
} from './series-by-reporter.ts';
import { HORIZON_US } from './stream-time.ts';

/** All that is known of one called service. */
export class Service {
  readonly name: string;
  readonly breakers: ServiceBreakers;
  readonly firstSeenUs: number;
  lastSeenUs: number;
  /** Watermark second of the state last published; -1 before the first. */
  publishedSecond = -1;
  /** It has changed since. */
  dirty = true;
  /** A breaker moved since: the state is published at once. */
  moved = false;
  readonly clusters: Clusters;
  readonly #requests: SeriesByReporter;
  readonly #subsets: Members<string>;
  readonly #callers: Members<string | null>;
  readonly #exemplars = new Exemplars();
  /** Minutes (the epoch second they begin at) with events that no rollup has yet. */
  readonly #minutes = new Set<number>();
  /** The minute that was added last. */
  #minute = -1;
  readonly #evidence = new Evidence();

  constructor(name: string, policy: Policy, firstSeenUs: number, store: CellStore) {
    this.name = name;
    this.#requests = new SeriesByReporter(store);
    this.#subsets = new Members(store);
    this.#callers = new Members(store);
    this.clusters = new Clusters(store);
    this.breakers = new ServiceBreakers(name, policy);
    this.firstSeenUs = firstSeenUs;
    this.lastSeenUs = firstSeenUs;
  }

  get callers(): number {
    return this.#callers.size;
  }

  knowsCaller(source: string | null): boolean {
    return this.#callers.has(source);
  }

  /** Whether one more caller fits this service; one record must hold them all. */
  get takesCallers(): boolean {
    return this.#callers.size < MAX_CALLERS;
  }

  fitsSubset(subset: string): boolean {
    return this.#subsets.has(subset) || this.#subsets.size < MAX_SUBSETS;
  }

  /** The caller, subset and cluster of that name, made if need be, as of a request that ended at `endUs`. */
  members(source: string | null, subset: string | null, cluster: string | null, endUs: number) {
    return {
      caller: this.#callers.seen(source, endUs),
      ofSubset: subset === null ? null : this.#subsets.seen(subset, endUs),
      ofCluster: cluster === null ? null : this.clusters.seen(cluster, endUs),
    };
  }

  /** Counts the event at a place of this service and shows it to the breakers; returns what they did. */
  count(place: PlaceInService, event: Counted): readonly Step[] {
    this.countCells(place, event);
    const { view, endUs, verdict } = event;
    const { minute } = event.time;
    if (endUs > this.lastSeenUs) this.lastSeenUs = endUs;
    if (minute !== this.#minute) {
      this.#minutes.add(minute);
      this.#minute = minute;
    }
    this.dirty = true;
    if (place.ofCluster !== null) this.clusters.count(place.ofCluster, event);

    if (verdict.breaker === 'ignored') return NO_STEPS;
    const heard = this.#evidence.hear(view, place.source, place.caller, endUs);
    if (this.#evidence.displaced !== null) this.breakers.displace(this.#evidence.displaced);
    if (!heard) return NO_STEPS;
    const rank = RANKS[view]!;
    const durationUs = event.durationUs < 0 || !verdict.latency ? null : event.durationUs;
    const call = { endUs, durationUs, result: verdict.breaker };
    return this.breakers.show(this.#dependency(place, rank), call, rank);
  }

  /** Counts the event in the windows only: they are rebuilt after a restart, what it did to breakers is known. */
  countCells(place: PlaceInService, event: Counted): void {
    const { caller, ofSubset, ofCluster } = place;
    const { view, endUs, time, watermark, outcome, bin } = event;
    if (endUs > caller.lastSeenUs) caller.lastSeenUs = endUs;
    if (ofSubset !== null && endUs > ofSubset.lastSeenUs) ofSubset.lastSeenUs = endUs;
    if (ofCluster !== null && endUs > ofCluster.lastSeenUs) ofCluster.lastSeenUs = endUs;
    for (const series of this.seriesAt(place, view)) series.add(time, watermark, outcome, bin);
  }

  /** The series in which events of a place of this service count. */
  seriesAt(place: PlaceInService, view: ViewIndex): readonly Series[] {
    place.series[view] ??= this.#seriesOf(place, view);
    return place.series[view];
  }

  #seriesOf({ caller, ofSubset, ofCluster }: PlaceInService, view: ViewIndex): Series[] {
    const all = [this.#requests, caller.requests];
    if (ofSubset !== null) all.push(ofSubset.requests);
    if (ofCluster !== null) all.push(ofCluster.requests);
    return all.map((requests) => requests.of(view));
  }

  #dependency(place: PlaceInService, rank: number): Dependency {
    if (place.dependency !== null && !place.dependency.gone) return place.dependency;
    const { source, subset } = place;
    const judged = this.#judgedSubset(source, subset);
    const dependency = this.breakers.of(source, judged, rank);
    // Later it may fit.
    if (judged === subset) place.dependency = dependency;
    return dependency;
  }

  /** Subsets are judged apart as long as that many breakers fit one record. */
  #judgedSubset(source: string | null, subset: string | null): string | null {
    const fits = this.breakers.size < MAX_BREAKERS || this.breakers.knows(source, subset);
    return fits ? subset : null;
  }

  /** Minutes that no event can change any more and that have no rollup yet, oldest first. */
  finalMinutes(watermarkSecond: number): number[] {
    return [...this.#minutes]
      .filter((minute) => minute + 60 + HORIZON_S <= watermarkSecond)
      .sort((a, b) => a - b);
  }

  rolledUp(minute: number): void {
    this.#minutes.delete(minute);
    this.#minute = -1;
  }

  rollup(minute: number, watermarkSecond: number, sequence: Sequence): Rollup {
    const cells = (requests: SeriesByReporter) => requests.minute(minute, watermarkSecond);
    const filled = <Name>([, byView]: [Name, CellsByView]) => Object.keys(byView).length > 0;
    return {
      service: this.name,
      minute,
      sequence,
      requests: cells(this.#requests),
      subsets: [...this.#subsets]
        .map(([subset, { requests }]): [string, CellsByView] => [subset, cells(requests)])
        .filter(filled),
      ...this.clusters.rollup(({ requests }) => cells(requests)),
      callers: [...this.#callers]
        .map(([source, { requests }]): [string | null, CellsByView] => [source, cells(requests)])
        .filter(filled),
    };
  }

  /** Puts back a minute as it was published; callers and subsets that were forgotten since stay so. */
  restoreMinute(rollup: Rollup): void {
    const { minute, requests, subsets, callers } = rollup;
    this.clusters.restoreMinute(rollup);
    this.#requests.restoreMinute(minute, requests);
    for (const [subset, cells] of subsets) {
      this.#subsets.get(subset)?.requests.restoreMinute(minute, cells);
    }
    for (const [source, cells] of callers) {
      this.#callers.get(source)?.requests.restoreMinute(minute, cells);
    }
  }

  toJSON(): ServiceSnapshot {
    return {
      name: this.name,
      firstSeenUs: this.firstSeenUs,
      lastSeenUs: this.lastSeenUs,
      publishedSecond: this.publishedSecond,
      dirty: this.dirty,
      evidence: this.#evidence.toJSON(),
      exemplars: this.#exemplars.toJSON(),
      minutes: [...this.#minutes],
      subsets: this.#subsets.toJSON(),
      callers: this.#callers.toJSON(),
      clusters: this.clusters.toJSON(),
      breakers: this.breakers.toJSON(),
    };
  }

  static from(snapshot: ServiceSnapshot, policy: Policy, store: CellStore): Service {
    const service = new Service(snapshot.name, policy, snapshot.firstSeenUs, store);
    service.lastSeenUs = snapshot.lastSeenUs;
    service.publishedSecond = snapshot.publishedSecond;
    service.dirty = snapshot.dirty;
    service.#evidence.restore(snapshot.evidence);
    service.#exemplars.restore(snapshot.exemplars);
    for (const minute of snapshot.minutes) service.#minutes.add(minute);
    service.#subsets.restore(snapshot.subsets);
    service.#callers.restore(snapshot.callers);
    service.clusters.restore(snapshot.clusters);
    service.breakers.restore(snapshot.breakers);
    return service;
  }

  /** Gives the memory of its windows back; it must not be used afterwards. */
  free(): void {
    this.#requests.free();
    this.#subsets.free();
    this.#callers.free();
    this.clusters.free();
  }

  addExemplar(exemplar: Exemplar): void {
    this.#exemplars.add(exemplar);
  }

  /** Drops callers, subsets and clusters without a request since `us`; returns what that did to the breakers. */
  forget(us: number, atUs: number): Step[] {
    this.#callers.forget(us);
    this.#subsets.forget(us);
    this.clusters.forget(us);
    return this.breakers.forget(us, atUs);
  }

  /** The state at the watermark. `isBlind` tells whether a window overlaps a blind period. */
  state(
    watermarkUs: number,
    sequence: Sequence,
    isBlind: (name: WindowName) => boolean,
  ): ServiceState {
    const at = secondOf(watermarkUs);
    return {
      service: this.name,
      sequence,
      asOf: toMs(watermarkUs),
      firstSeen: toMs(this.firstSeenUs),
      lastSeen: toMs(this.lastSeenUs),
      windows: this.#requests.windows(at, fullest, isBlind),
      subsets: [...this.#subsets].map(([subset, member]) => ({
        subset,
        ...seenAt(member),
        windows: member.requests.windows(at, fullest, isBlind),
      })),
      ...this.clusters.state(at, isBlind),
      callers: [...this.#callers].map(([source, member]) => ({
        source,
        destination: this.name,
        ...seenAt(member),
        windows: member.requests.windows(at, nearestToCaller, isBlind),
      })),
      breakers: this.breakers.statuses(watermarkUs - STALE_AFTER_US),
      exemplars: this.#exemplars.since(toMs(watermarkUs) - EXEMPLAR_AGE_MS),
    };
  }
}

const seenAt = ({ firstSeenUs, lastSeenUs }: Member) => ({
  firstSeen: toMs(firstSeenUs),
  lastSeen: toMs(lastSeenUs),
});

/** What a checkpoint keeps of a service: everything but its windows. */
export interface ServiceSnapshot {
  name: string;
  firstSeenUs: number;
  lastSeenUs: number;
  publishedSecond: number;
  dirty: boolean;
  evidence: EvidenceSnapshot;
  exemplars: ExemplarsSnapshot;
  minutes: number[];
  subsets: MemberSnapshot<string>[];
  callers: MemberSnapshot<string | null>[];
  /** Null where there are none. */
  clusters: ClustersSnapshot | null;
  breakers: BreakersSnapshot;
}

const NO_STEPS: readonly Step[] = [];

/** An open or half-open breaker that has seen no call for this long is stale. */
const STALE_AFTER_US = 60 * SECOND_US;
const HORIZON_S = HORIZON_US / SECOND_US;

// A service's state is one record: these keep it under a megabyte or so.
const MAX_SUBSETS = 50;
const MAX_CALLERS = 400;
const MAX_BREAKERS = 800;
