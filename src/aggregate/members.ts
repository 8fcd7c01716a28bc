import type { CellStore } from './cell-store.ts';
import { SeriesByReporter } from './series-by-reporter.ts';

/** A caller or a subset of a service. */
export interface Member {
  requests: SeriesByReporter;
  firstSeenUs: number;
  lastSeenUs: number;
  /** Newest end its own proxy told of, µs; callers only. */
  sourceUs: number;
}

/** The callers, or the subsets, of a service by name; null is the unknown caller. */
export class Members<Name extends string | null> implements Iterable<[Name, Member]> {
  readonly #members = new Map<Name, Member>();
  readonly #store: CellStore;

  constructor(store: CellStore) {
    this.#store = store;
  }

  get(name: Name): Member | undefined {
    return this.#members.get(name);
  }

  has(name: Name): boolean {
    return this.#members.has(name);
  }

  get size(): number {
    return this.#members.size;
  }

  /** The member, made if need be, as of a request that ended at `endUs`. */
  seen(name: Name, endUs: number): Member {
    let member = this.#members.get(name);
    if (member === undefined) {
      const requests = new SeriesByReporter(this.#store);
      member = { requests, firstSeenUs: endUs, lastSeenUs: endUs, sourceUs: 0 };
      this.#members.set(name, member);
    }
    if (endUs > member.lastSeenUs) member.lastSeenUs = endUs;
    return member;
  }

  /** Drops those without a request since `us`. */
  forget(us: number): void {
    for (const [name, { lastSeenUs, requests }] of this.#members) {
      if (lastSeenUs >= us) continue;
      this.#members.delete(name);
      requests.free();
    }
  }

  /** Gives their memory back; they must not be used afterwards. */
  free(): void {
    for (const { requests } of this.#members.values()) requests.free();
  }

  [Symbol.iterator](): IterableIterator<[Name, Member]> {
    return this.#members.entries();
  }

  toJSON(): MemberSnapshot<Name>[] {
    return [...this.#members].map(([name, { firstSeenUs, lastSeenUs, sourceUs }]) => [
      name,
      firstSeenUs,
      lastSeenUs,
      sourceUs,
    ]);
  }

  restore(members: readonly MemberSnapshot<Name>[]): void {
    for (const [name, firstSeenUs, lastSeenUs, sourceUs] of members) {
      Object.assign(this.seen(name, firstSeenUs), { lastSeenUs, sourceUs });
    }
  }
}

export type MemberSnapshot<Name> = [
  name: Name,
  firstSeenUs: number,
  lastSeenUs: number,
  sourceUs: number,
];
