import {
  type BreakerBasis,
  type BreakerScope,
  breakerKey,
  type Sequence,
} from '../../model/breaker.ts';
import type { Policy } from '../../model/policy.ts';
import type { BreakerStatus } from '../../model/state.ts';
import { toMs } from '../../model/time.ts';
import { RANK } from '../evidence.ts';
import { DeadlineQueue } from './deadline-queue.ts';
import type { Base, Dependency, Tracked } from './dependency.ts';
import { InferredBreaker } from './inferred.ts';
import type { Call, Change, Machine, MachineSnapshot } from './machine.ts';
import { ObservedBreaker } from './observed.ts';
import { Tally } from './tally.ts';

/** A change of a breaker, and for roll-ups what moved it. */
export interface Step {
  tracked: Tracked;
  change: Change;
  rollup: { dependenciesOpen: number; dependencies: number; causedBy: BreakerScope } | null;
}

/** For checkpoints. */
export interface BreakersSnapshot {
  rollups: Tracked[];
  dependencies: {
    source: string | null;
    subset: string | null;
    rank: number;
    displaced: boolean;
    bases: { basis: BreakerBasis; last: Sequence | null; machine: MachineSnapshot }[];
  }[];
}

/**
 * The breakers of one called service: a machine of each basis per caller and subset, and a roll-up of each basis
 * that shows the worst of them. A caller's trip is a fact of its own; people are told of the roll-up.
 */
export class ServiceBreakers {
  readonly #destination: string;
  #policy: Policy;
  readonly #dependencies = new Map<string, Dependency>();
  readonly #rollups = new Map<BreakerBasis, Tracked>();
  readonly #tallies = { inferred: new Tally(), observed: new Tally(), reported: new Tally() };
  readonly #deadlines = new DeadlineQueue<Base>(
    ({ machine, of }) => (of.gone ? null : machine.deadlineUs),
    (a, b) => a.of.order < b.of.order || (a.of === b.of && a.basis < b.basis),
  );
  #made = 0;
  /** A call has brought the deadline nearer without a step; `Moves` resets this. */
  nearer = false;

  constructor(destination: string, policy: Policy) {
    this.#destination = destination;
    this.#policy = policy;
  }

  get size(): number {
    return this.#dependencies.size;
  }

  knows(source: string | null, subset: string | null): boolean {
    return this.#dependencies.has(keyOf(source, subset));
  }

  /**
   * Shows a call to breakers that are not gone. `rank` is that of the evidence: better evidence tells again of the
   * calls that worse evidence told of, so what was heard of this caller's is forgotten first.
   */
  show(dependency: Dependency, call: Call, rank: number): readonly Step[] {
    const { bases } = dependency;
    if (rank > dependency.rank) for (const { machine } of bases) machine.clear();
    dependency.rank = rank;
    dependency.displaced = false;
    let steps: Step[] | null = null;
    for (let i = 0; i < bases.length; i++) {
      const base = bases[i]!;
      const { deadlineUs } = base.machine;
      const change = base.machine.record(call);
      if (change !== null) {
        steps ??= [];
        this.#step(base, change, steps);
      } else if (isNearer(base.machine.deadlineUs, deadlineUs)) {
        this.#deadlines.changed(base);
        this.nearer = true;
      }
    }
    return steps ?? NO_STEPS;
  }

  /** The watermark passed `us`. */
  passed(us: number): Step[] {
    const steps: Step[] = [];
    for (let one = this.#deadlines.take(us); one !== null; one = this.#deadlines.take(us)) {
      if (one.of.displaced) {
        this.#drop(one.of, us, steps);
        continue;
      }
      const change = one.machine.passed(us);
      if (change !== null) this.#step(one, change, steps);
    }
    return steps;
  }

  /** The next event time at which {@link passed} would change something, µs. */
  get deadlineUs(): number | null {
    return this.#deadlines.nextUs;
  }

  /** Breakers made from now on, and the rules of those there are. States and deadlines stay as they are. */
  adopt(policy: Policy): void {
    this.#policy = policy;
    for (const { bases } of this.#dependencies.values()) {
      for (const { basis, machine } of bases) {
        if (basis === 'inferred') (machine as InferredBreaker).adopt(policy.breaker);
        else (machine as ObservedBreaker).adopt(policy.observed);
      }
    }
  }

  /** Forgets breakers without a call since `us`. What was not CLOSED ends with the reason `no_traffic`. */
  forget(us: number, atUs: number): Step[] {
    const steps: Step[] = [];
    for (const dependency of this.#dependencies.values()) {
      if (dependency.bases.some(({ machine }) => machine.lastCallUs >= us)) continue;
      this.#drop(dependency, atUs, steps);
    }
    return steps;
  }

  statuses(staleBeforeUs: number): BreakerStatus[] {
    const dependencies = this.#all();
    const shown = dependencies.filter(({ basis, tracked }) => basis === 'inferred' || tracked.last);
    return [
      ...[...this.#rollups.values()].map((rollup) => this.#rollupStatus(rollup, staleBeforeUs)),
      ...shown.map(({ machine, tracked }) => ({
        ...identity(tracked),
        ...machine.figures(),
        nextProbeAt: toMs(probeUs(machine)),
        attempt: machine.attempt,
        stale: machine.state !== 'CLOSED' && machine.lastCallUs < staleBeforeUs,
      })),
    ].map(({ slowRate: _, ...status }: BreakerStatus & { slowRate?: unknown }) => status);
  }

  toJSON(): BreakersSnapshot {
    return {
      rollups: [...this.#rollups.values()],
      dependencies: [...this.#dependencies.values()].map(({ rank, displaced, bases }) => ({
        source: bases[0]!.tracked.scope.source,
        subset: bases[0]!.tracked.scope.subset,
        rank,
        displaced,
        bases: bases.map(({ basis, machine, tracked }) => ({
          basis,
          last: tracked.last,
          machine: machine.toJSON(),
        })),
      })),
    };
  }

  restore({ rollups, dependencies }: BreakersSnapshot): void {
    for (const rollup of rollups) this.#rollups.set(rollup.scope.basis, { ...rollup });
    for (const { source, subset, rank, displaced, bases } of dependencies) {
      const dependency = this.of(source, subset, rank);
      dependency.displaced = displaced;
      for (const one of dependency.bases) {
        const saved = bases.find(({ basis }) => basis === one.basis);
        if (saved === undefined) continue;
        one.machine.restore(saved.machine);
        one.tracked.last = saved.last;
        this.#tallies[one.basis].remove(one.tracked.state);
        one.tracked.state = one.machine.state;
        this.#tallies[one.basis].add(one.tracked.state);
        one.tracked.sinceUs = one.machine.sinceUs;
        this.#deadlines.changed(one);
      }
    }
  }

  #rollupStatus(rollup: Tracked, staleBeforeUs: number): BreakerStatus {
    const machines = this.#machines(rollup.scope.basis);
    const worst = machines.filter(({ state }) => state === rollup.state);
    const probes = worst.flatMap((machine) => probeUs(machine) ?? []);
    const sum = (field: 'calls' | 'failed' | 'notPermitted') =>
      machines.reduce((total, machine) => total + machine.figures()[field], 0);
    const calls = sum('calls');
    const enough =
      rollup.scope.basis === 'inferred' && calls >= this.#policy.breaker.minimumNumberOfCalls;
    return {
      ...identity(rollup),
      failureRate: enough ? sum('failed') / calls : null,
      calls,
      failed: sum('failed'),
      notPermitted: sum('notPermitted'),
      nextProbeAt: probes.length > 0 ? toMs(Math.min(...probes)) : null,
      attempt: Math.max(0, ...machines.map(({ attempt }) => attempt)),
      stale:
        rollup.state !== 'CLOSED' && worst.every(({ lastCallUs }) => lastCallUs < staleBeforeUs),
    };
  }

  /** The breakers of a caller and subset, made if need be for a call of this rank. */
  of(source: string | null, subset: string | null, rank: number): Dependency {
    const key = keyOf(source, subset);
    let dependency = this.#dependencies.get(key);
    if (dependency === undefined) {
      const order = this.#made++;
      dependency = { key, rank, displaced: false, bases: [], order, gone: false };
      const { breaker, observed } = this.#policy;
      for (const [basis, machine] of [
        ['inferred', new InferredBreaker(breaker)],
        ['observed', new ObservedBreaker(observed)],
      ] as const) {
        const scope = { basis, source, destination: this.#destination, subset, rollup: false };
        dependency.bases.push({ basis, machine, tracked: tracked(scope), of: dependency });
        this.#tallies[basis].add('CLOSED');
      }
      this.#dependencies.set(key, dependency);
      if (!this.#rollups.has('inferred')) this.#rollup('inferred');
    }
    return dependency;
  }

  /** Forgets the calls that displaced evidence told of; a state once published stays until its wait is over. */
  displace(evidence: 'spans' | 'unknown_callers'): void {
    for (const dependency of this.#dependencies.values()) {
      const { source } = dependency.bases[0]!.tracked.scope;
      const told = evidence === 'spans' ? RANK.spans : RANK.destination;
      if (dependency.rank !== told || (evidence === 'unknown_callers' && source !== null)) continue;
      for (const { machine } of dependency.bases) machine.clear();
      const moved = dependency.bases.some(({ tracked }) => tracked.last !== null);
      if (moved) dependency.displaced = true;
      else this.#remove(dependency);
    }
  }

  /** What is not CLOSED ends with the reason `no_traffic`. */
  #drop(dependency: Dependency, atUs: number, steps: Step[]): void {
    this.#remove(dependency);
    for (const one of dependency.bases) {
      if (one.tracked.state !== 'CLOSED') this.#tell(one, closedByTime(one.machine, atUs), steps);
    }
  }

  #remove(dependency: Dependency): void {
    this.#dependencies.delete(dependency.key);
    dependency.gone = true;
    for (const { basis, tracked } of dependency.bases) this.#tallies[basis].remove(tracked.state);
  }

  #all(): Base[] {
    return [...this.#dependencies.values()].flatMap(({ bases }) => bases);
  }

  #rollup(basis: BreakerBasis): Tracked {
    let rollup = this.#rollups.get(basis);
    if (rollup === undefined) {
      const destination = this.#destination;
      const scope = { basis, source: null, destination, subset: null, rollup: true };
      rollup = tracked(scope);
      this.#rollups.set(basis, rollup);
    }
    return rollup;
  }

  #machines(basis: BreakerBasis): Machine[] {
    return this.#all()
      .filter((one) => one.basis === basis)
      .map(({ machine }) => machine);
  }

  #step(one: Base, change: Change, steps: Step[]): void {
    const tally = this.#tallies[one.basis];
    tally.remove(one.tracked.state);
    tally.add(change.to);
    this.#deadlines.changed(one);
    this.#tell(one, change, steps);
  }

  /** The change, and that of the roll-up if it moves with it. */
  #tell(one: Base, change: Change, steps: Step[]): void {
    move(one.tracked, change);
    steps.push({ tracked: one.tracked, change, rollup: null });

    const rollup = this.#rollup(one.basis);
    const { worst: to, open, all } = this.#tallies[one.basis];
    if (to === rollup.state) return;
    const atUs = Math.max(change.atUs, rollup.sinceUs ?? 0);
    const moved: Change = { ...change, from: rollup.state, to, atUs };
    move(rollup, moved);
    steps.push({
      tracked: rollup,
      change: moved,
      rollup: { dependenciesOpen: open, dependencies: all, causedBy: one.tracked.scope },
    });
  }
}

const NO_STEPS: readonly Step[] = [];

const keyOf = (source: string | null, subset: string | null) => `${source ?? ''}\n${subset ?? ''}`;

const isNearer = (us: number | null, before: number | null) =>
  us !== null && (before === null || us < before);

/** When it half-opens. A half-open one may wait too, for the watermark to pass a success. */
const probeUs = ({ state, deadlineUs }: Machine) => (state === 'OPEN' ? deadlineUs : null);

function tracked(scope: BreakerScope): Tracked {
  return { key: breakerKey(scope), scope, state: 'CLOSED', sinceUs: null, last: null };
}

function move(tracked: Tracked, change: Change): void {
  tracked.state = change.to;
  tracked.sinceUs = change.atUs;
}

function closedByTime(machine: Machine, atUs: number): Change {
  return {
    from: machine.state,
    to: 'CLOSED',
    reason: 'no_traffic',
    atUs: Math.max(atUs, machine.sinceUs ?? 0),
    failureRate: null,
    slowRate: null,
    calls: 0,
    failed: 0,
    notPermitted: 0,
    windowSeconds: 0,
    attempt: 0,
    nextProbeAtUs: null,
  };
}

function identity({ key, scope, state, sinceUs, last }: Tracked) {
  const { basis, source, destination, subset, rollup } = scope;
  const since = toMs(sinceUs);
  return { key, basis, source, destination, subset, rollup, state, since, sequence: last };
}
