import type { Policy } from '../model/policy.ts';
import { OTHER, UNKNOWN } from '../model/state.ts';
import { CellStore } from './cell-store.ts';
import type { PlaceInService } from './place.ts';
import { PlaceTable } from './place-table.ts';
import { Service, type ServiceSnapshot } from './service.ts';

export interface Bounds {
  /** Services kept at a time; more share the service {@link OTHER}. */
  maxServices: number;
  /** Callers, and breakers by caller and subset, kept at a time over all services; more share the caller {@link OTHER}. */
  maxDependencies: number;
  /** Record fingerprints and span ids remembered for the horizon. */
  maxRemembered: number;
}

export const DEFAULT_BOUNDS: Bounds = {
  maxServices: 5_000,
  maxDependencies: 20_000,
  maxRemembered: 5_000_000,
};

export interface Place extends PlaceInService {
  readonly service: Service;
  /** A name of it did not fit. */
  readonly overflowed: boolean;
}

/** The services of one partition, bounded. */
export class Directory {
  readonly #bounds: Bounds;
  readonly #store = new CellStore();
  readonly #services = new Map<string, Service>();
  readonly #places = new PlaceTable<Place>(MOST_PLACES);
  /** Those that names share which did not fit. */
  readonly #overflowed = new PlaceTable<Place>(MOST_PLACES);
  #callers = 0;
  #breakers = 0;
  /** Events that went to `@other` because a name of theirs did not fit. */
  overflowed = 0;

  constructor(bounds: Bounds) {
    this.#bounds = bounds;
  }

  /**
   * The place of an event that ended at `endUs`. Names that do not fit become {@link OTHER}; a destination that is not
   * known is {@link UNKNOWN}.
   */
  place(
    destination: string | null,
    source: string | null,
    subset: string | null,
    cluster: string | null,
    policy: Policy,
    endUs: number,
  ): Place {
    const known = this.#places.get(destination, source, subset, cluster);
    if (known !== undefined) return known;
    const place = this.#lookUp(destination, source, subset, cluster, policy, endUs);
    // What did not fit may fit later.
    if (!place.overflowed) this.#places.add(destination, source, subset, cluster, place);
    return place;
  }

  #lookUp(
    destination: string | null,
    source: string | null,
    subset: string | null,
    cluster: string | null,
    policy: Policy,
    endUs: number,
  ): Place {
    const name = destination ?? UNKNOWN;
    const service = this.#service(name, policy, endUs);
    const caller = this.#caller(service, source);
    const fitsSubset = subset === null || service.fitsSubset(subset);
    // Of callers that did not fit nothing is told apart.
    const ofSubset = caller === OTHER ? null : fitsSubset ? subset : OTHER;
    const fitsCluster = cluster === null || service.clusters.fits(cluster);
    const inCluster = fitsCluster ? cluster : OTHER;
    const overflowed = service.name !== name || caller !== source || !(fitsSubset && fitsCluster);
    const known = overflowed
      ? this.#overflowed.get(service.name, caller, ofSubset, inCluster)
      : undefined;
    if (known !== undefined) return known;
    const { callers } = service;
    const members = service.members(caller, ofSubset, inCluster, endUs);
    this.#callers += service.callers - callers;
    const place: Place = {
      service,
      source: caller,
      subset: ofSubset,
      cluster: inCluster,
      ...members,
      overflowed,
      series: [undefined, undefined, undefined, undefined],
      changed: -1,
      dependency: null,
    };
    if (overflowed) this.#overflowed.add(service.name, caller, ofSubset, inCluster, place);
    return place;
  }

  known(name: string): Service | null {
    return this.#services.get(name) ?? null;
  }

  /** A service's breakers have become more or fewer by these. */
  breakersGrew(by: number): void {
    this.#breakers += by;
  }

  /** Takes services back from a checkpoint. */
  restore(services: readonly ServiceSnapshot[], policy: Policy, overflowed: number): void {
    for (const snapshot of services) {
      this.#services.set(snapshot.name, Service.from(snapshot, policy, this.#store));
    }
    this.overflowed = overflowed;
    this.#recount();
  }

  /** Drops a service; its dependencies go with it. */
  remove(service: Service): void {
    this.#services.delete(service.name);
    service.free();
  }

  /** Services, or what was known of them, were forgotten. */
  forgotten(): void {
    this.#places.clear();
    this.#overflowed.clear();
    this.#recount();
  }

  #recount(): void {
    this.#callers = 0;
    this.#breakers = 0;
    for (const { callers, breakers } of this.#services.values()) {
      this.#callers += callers;
      this.#breakers += breakers.size;
    }
  }

  get size(): number {
    return this.#services.size;
  }

  get dependencies(): number {
    return this.#callers;
  }

  [Symbol.iterator](): IterableIterator<Service> {
    return this.#services.values();
  }

  #service(name: string, policy: Policy, endUs: number): Service {
    const known = this.#services.get(name);
    if (known !== undefined) return known;
    const fits = this.#services.size < this.#bounds.maxServices || name === OTHER;
    if (!fits) return this.#service(OTHER, policy, endUs);
    const service = new Service(name, policy, endUs, this.#store);
    this.#services.set(name, service);
    return service;
  }

  #caller(service: Service, source: string | null): string | null {
    if (service.knowsCaller(source)) return source;
    const most = this.#bounds.maxDependencies;
    const room = this.#callers < most && this.#breakers < most;
    return room && service.takesCallers ? source : OTHER;
  }
}

/** Some 150 bytes each. */
const MOST_PLACES = 100_000;
