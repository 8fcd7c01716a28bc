import type { Sequence } from '../model/breaker.ts';
import { OUTCOMES } from '../model/outcome.ts';
import type { Policy } from '../model/policy.ts';
import type { CellsByView, Rollup } from '../model/rollup.ts';
import type { Exemplar, ServiceState } from '../model/state.ts';
import { SECOND_US, secondOf, toMs } from '../model/time.ts';
import type { View, WindowName } from '../model/windows.ts';
import type { Call } from './breaker/machine.ts';
import { type BreakersSnapshot, ServiceBreakers, type Step } from './breaker/service-breakers.ts';
import type { Verdict } from './classify.ts';
import { EXEMPLAR_AGE_MS, Exemplars } from './exemplars.ts';
import { fullest, nearestToCaller, Reported } from './reported.ts';
import { binOf } from './sketch.ts';

/** One request event as it counts: end clamped, verdict given. */
export interface Counted {
  view: Exclude<View, 'none'>;
  source: string | null;
  subset: string | null;
  endUs: number;
  durationUs: number | null;
  verdict: Verdict;
}

/** All that is known of one called service. */
export class Service {
  readonly name: string;
  readonly breakers: ServiceBreakers;
  readonly firstSeenUs: number;
  lastSeenUs: number;
  /** Watermark second of the state last published; -1 before the first. */
  publishedSecond = -1;
  dirty = true;
  readonly #requests = new Reported();
  readonly #subsets = new Map<string, Reported>();
  readonly #callers = new Map<string | null, Caller>();
  readonly #exemplars = new Exemplars();
  /** Minutes (the epoch second they begin at) with events that no rollup has yet. */
  readonly #minutes = new Set<number>();
  /** Newest end of each rank of evidence, µs: spans, destination's logs, source's logs. */
  readonly #evidence = [0, 0, 0];

  constructor(name: string, policy: Policy, firstSeenUs: number) {
    this.name = name;
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

  knowsSubset(subset: string): boolean {
    return this.#subsets.has(subset) || this.#subsets.size < MAX_SUBSETS;
  }

  /** Counts the event and shows it to the breakers; returns what they did. */
  count(event: Counted, watermarkUs: number): Step[] {
    const { view, source, subset, endUs, durationUs, verdict } = event;
    const caller = this.countCells(event, watermarkUs);
    if (endUs > caller.lastSeenUs) caller.lastSeenUs = endUs;
    if (endUs > this.lastSeenUs) this.lastSeenUs = endUs;
    this.#minutes.add(minuteOf(secondOf(endUs)));
    this.dirty = true;

    if (verdict.breaker === 'ignored' || !this.#isBestEvidence(view, endUs)) return [];
    const latencyUs = verdict.latency ? durationUs : null;
    const call: Call = { endUs, durationUs: latencyUs, result: verdict.breaker };
    return this.breakers.record(source, subset, call, RANK[view]);
  }

  /** Counts the event in the windows only: they are rebuilt after a restart, what it did to breakers is known. */
  countCells(event: Counted, watermarkUs: number): Caller {
    const { view, source, subset, endUs, durationUs, verdict } = event;
    const second = secondOf(endUs);
    const watermark = secondOf(watermarkUs);
    const outcome = OUTCOMES.indexOf(verdict.outcome);
    const bin = verdict.latency && durationUs !== null ? binOf(durationUs) : -1;
    this.#requests.add(view, second, watermark, outcome, bin);
    if (subset !== null) this.#subset(subset).add(view, second, watermark, outcome, bin);
    const caller = this.#caller(source);
    caller.requests.add(view, second, watermark, outcome, bin);
    return caller;
  }

  /** Minutes that ended by the watermark and have no rollup yet, oldest first. */
  closedMinutes(watermarkSecond: number): number[] {
    return [...this.#minutes]
      .filter((minute) => minute + 60 <= watermarkSecond)
      .sort((a, b) => a - b);
  }

  rollup(minute: number, watermarkSecond: number, sequence: Sequence): Rollup {
    this.#minutes.delete(minute);
    const cells = (requests: Reported) => requests.minute(minute, watermarkSecond);
    const filled = <Name>([, byView]: [Name, CellsByView]) => Object.keys(byView).length > 0;
    return {
      service: this.name,
      minute,
      sequence,
      requests: cells(this.#requests),
      subsets: [...this.#subsets]
        .map(([subset, requests]): [string, CellsByView] => [subset, cells(requests)])
        .filter(filled),
      callers: [...this.#callers]
        .map(([source, { requests }]): [string | null, CellsByView] => [source, cells(requests)])
        .filter(filled),
    };
  }

  /** Puts back a minute as it was published; callers and subsets that were forgotten since stay so. */
  restoreMinute({ minute, requests, subsets, callers }: Rollup): void {
    this.#requests.restoreMinute(minute, requests);
    for (const [subset, cells] of subsets) this.#subsets.get(subset)?.restoreMinute(minute, cells);
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
      evidence: [...this.#evidence],
      minutes: [...this.#minutes],
      subsets: [...this.#subsets.keys()],
      callers: [...this.#callers].map(([source, { lastSeenUs }]) => [source, lastSeenUs]),
      breakers: this.breakers.toJSON(),
    };
  }

  static from(snapshot: ServiceSnapshot, policy: Policy): Service {
    const service = new Service(snapshot.name, policy, snapshot.firstSeenUs);
    service.lastSeenUs = snapshot.lastSeenUs;
    service.publishedSecond = snapshot.publishedSecond;
    service.dirty = snapshot.dirty;
    service.#evidence.splice(0, 3, ...snapshot.evidence);
    for (const minute of snapshot.minutes) service.#minutes.add(minute);
    for (const subset of snapshot.subsets) service.#subset(subset);
    for (const [source, lastSeenUs] of snapshot.callers) {
      service.#caller(source).lastSeenUs = lastSeenUs;
    }
    service.breakers.restore(snapshot.breakers);
    return service;
  }

  addExemplar(exemplar: Exemplar): void {
    this.#exemplars.add(exemplar);
  }

  /** Drops callers without a request since `us`; returns what that did to the breakers. */
  forget(us: number, atUs: number): Step[] {
    for (const [source, caller] of this.#callers) {
      if (caller.lastSeenUs < us) this.#callers.delete(source);
    }
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
      asOf: toMs(watermarkUs)!,
      firstSeen: toMs(this.firstSeenUs)!,
      lastSeen: toMs(this.lastSeenUs)!,
      windows: this.#requests.windows(at, fullest, isBlind),
      subsets: [...this.#subsets].map(([subset, requests]) => ({
        subset,
        windows: requests.windows(at, fullest, isBlind),
      })),
      callers: [...this.#callers].map(([source, { requests, lastSeenUs }]) => ({
        source,
        destination: this.name,
        windows: requests.windows(at, nearestToCaller, isBlind),
        lastSeen: toMs(lastSeenUs)!,
      })),
      breakers: this.breakers.statuses(watermarkUs - STALE_AFTER_US),
      exemplars: this.#exemplars.since(toMs(watermarkUs)! - EXEMPLAR_AGE_MS),
    };
  }

  /**
   * Both sidecars and spans tell of the same calls; a breaker that heard all three would judge each call three
   * times. It hears the best reporter of the last minute: source, else destination or waypoint, else spans.
   */
  #isBestEvidence(view: Counted['view'], endUs: number): boolean {
    const rank = RANK[view];
    this.#evidence[rank] = Math.max(this.#evidence[rank]!, endUs);
    for (let better = rank + 1; better < this.#evidence.length; better++) {
      if (this.#evidence[better]! > endUs - EVIDENCE_US) return false;
    }
    return true;
  }

  #subset(subset: string): Reported {
    let requests = this.#subsets.get(subset);
    if (requests === undefined) {
      requests = new Reported();
      this.#subsets.set(subset, requests);
    }
    return requests;
  }

  #caller(source: string | null): Caller {
    let caller = this.#callers.get(source);
    if (caller === undefined) {
      caller = { requests: new Reported(), lastSeenUs: 0 };
      this.#callers.set(source, caller);
    }
    return caller;
  }
}

/** What a checkpoint keeps of a service: everything but its windows and examples. */
export interface ServiceSnapshot {
  name: string;
  firstSeenUs: number;
  lastSeenUs: number;
  publishedSecond: number;
  dirty: boolean;
  evidence: number[];
  minutes: number[];
  subsets: string[];
  callers: [source: string | null, lastSeenUs: number][];
  breakers: BreakersSnapshot;
}

const minuteOf = (second: number) => second - (second % 60);

interface Caller {
  requests: Reported;
  lastSeenUs: number;
}

const RANK = { spans: 0, destination: 1, waypoint: 1, source: 2 } as const;
const EVIDENCE_US = 60 * SECOND_US;
/** An open or half-open breaker that has seen no call for this long is stale. */
const STALE_AFTER_US = 60 * SECOND_US;
const MAX_SUBSETS = 50;
