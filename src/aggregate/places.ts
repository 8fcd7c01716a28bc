import type { Policy } from '../model/policy.ts';
import type { Columns } from '../packed/columns.ts';
import type { Directory, Place } from './directory.ts';

/** The places of one part by their dictionary indexes: names are looked up once, not once an event. */
export class Places {
  readonly #columns: Columns;
  readonly #services: Directory;
  readonly #policy: Policy;
  readonly #known = new Map<number, Place>();
  /** Of the row before. */
  #key = -1;
  #place: Place | null = null;

  constructor(columns: Columns, services: Directory, policy: Policy) {
    this.#columns = columns;
    this.#services = services;
    this.#policy = policy;
  }

  /** The place of row `i`, which ended at `endUs`. */
  of(i: number, endUs: number): Place {
    const { dictionary, destination, source, subset } = this.#columns;
    const [to, from, of] = [destination[i]!, source[i]!, subset[i]!];
    // A small integer as long as the part has few names, and safe for as many as a part can have.
    const key = (to * dictionary.length + from) * dictionary.length + of;
    if (key === this.#key) return this.#place!;
    let place = this.#known.get(key);
    if (place === undefined) {
      const name = (index: number) => dictionary[index] ?? null;
      place = this.#services.place(name(to), name(from), name(of), this.#policy, endUs);
      this.#known.set(key, place);
    }
    this.#key = key;
    this.#place = place;
    return place;
  }
}
