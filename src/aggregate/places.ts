import type { Policy } from '../model/policy.ts';
import type { Columns } from '../packed/columns.ts';
import type { Directory, Place } from './directory.ts';

/** The places of the rows of one part: many rows name the same as the row before. */
export class Places {
  readonly #columns: Columns;
  readonly #services: Directory;
  readonly #policy: Policy;
  /** Of the row before: its dictionary indexes, and the place they name. */
  #destination = -1;
  #source = -1;
  #subset = -1;
  #cluster = -1;
  #place: Place | null = null;

  constructor(columns: Columns, services: Directory, policy: Policy) {
    this.#columns = columns;
    this.#services = services;
    this.#policy = policy;
  }

  /** The place of row `i`, which ended at `endUs`. */
  of(i: number, endUs: number): Place {
    const columns = this.#columns;
    const destination = columns.destination[i]!;
    const source = columns.source[i]!;
    const subset = columns.subset[i]!;
    const cluster = columns.cluster[i]!;
    const known = this.#place;
    if (
      known !== null &&
      destination === this.#destination &&
      source === this.#source &&
      subset === this.#subset &&
      cluster === this.#cluster
    ) {
      return known;
    }
    const { dictionary } = columns;
    const place = this.#services.place(
      dictionary[destination] ?? null,
      dictionary[source] ?? null,
      dictionary[subset] ?? null,
      dictionary[cluster] ?? null,
      this.#policy,
      endUs,
    );
    this.#destination = destination;
    this.#source = source;
    this.#subset = subset;
    this.#cluster = cluster;
    this.#place = place;
    return place;
  }
}
