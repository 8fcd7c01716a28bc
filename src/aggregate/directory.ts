import type { Policy } from '../model/policy.ts';
import { Service } from './service.ts';

export interface Bounds {
  /** Services kept at a time; more share the service `other`. */
  maxServices: number;
  /** Caller→callee pairs kept at a time; more share the caller `other`. */
  maxDependencies: number;
  /** Record fingerprints and span ids remembered for the horizon. */
  maxRemembered: number;
}

export const DEFAULT_BOUNDS: Bounds = {
  maxServices: 5_000,
  maxDependencies: 20_000,
  maxRemembered: 5_000_000,
};

/** The name of a service, caller or subset that did not fit. */
export const OTHER = 'other';
/** The key of a service that the record does not name. */
export const UNKNOWN = 'unknown';

/** The services of one partition, bounded. */
export class Directory {
  readonly #bounds: Bounds;
  readonly #services = new Map<string, Service>();
  #dependencies = 0;
  /** Events that went to `other` because a name did not fit. */
  overflowed = 0;

  constructor(bounds: Bounds) {
    this.#bounds = bounds;
  }

  /** The service, made if it fits, else `other`. */
  service(name: string | null, policy: Policy, endUs: number): Service {
    const wanted = name ?? UNKNOWN;
    const known = this.#services.get(wanted);
    if (known !== undefined) return known;
    const fits = this.#services.size < this.#bounds.maxServices || wanted === OTHER;
    if (!fits) {
      this.overflowed++;
      return this.service(OTHER, policy, endUs);
    }
    const service = new Service(wanted, policy, endUs);
    this.#services.set(wanted, service);
    return service;
  }

  /** The caller's name if it fits, else `other`. Counts new dependencies. */
  caller(service: Service, source: string | null): string | null {
    if (service.knowsCaller(source)) return source;
    const fits = this.#dependencies < this.#bounds.maxDependencies || source === OTHER;
    if (!fits) {
      this.overflowed++;
      return this.caller(service, OTHER);
    }
    this.#dependencies++;
    return source;
  }

  subset(service: Service, subset: string | null): string | null {
    if (subset === null || service.knowsSubset(subset)) return subset;
    this.overflowed++;
    return OTHER;
  }

  known(name: string): Service | null {
    return this.#services.get(name) ?? null;
  }

  /** Takes services back from a checkpoint. */
  restore(services: readonly Service[], overflowed: number): void {
    for (const service of services) this.#services.set(service.name, service);
    this.overflowed = overflowed;
    this.recount();
  }

  /** Drops a service; its dependencies go with it. */
  remove(service: Service): void {
    this.#services.delete(service.name);
  }

  recount(): void {
    this.#dependencies = 0;
    for (const { callers } of this.#services.values()) this.#dependencies += callers;
  }

  get size(): number {
    return this.#services.size;
  }

  get dependencies(): number {
    return this.#dependencies;
  }

  [Symbol.iterator](): IterableIterator<Service> {
    return this.#services.values();
  }
}
