type Name = string | null;

/** Places by the names they were looked up with, as long as nothing is forgotten. */
export class PlaceTable<Place> {
  readonly #most: number;
  readonly #places = new Map<Name, Map<Name, Map<Name, Place>>>();
  #size = 0;

  /** Of more than `most` places none is kept: names are bounded, but not what goes with what. */
  constructor(most: number) {
    this.#most = most;
  }

  get(destination: Name, source: Name, subset: Name): Place | undefined {
    return this.#places.get(destination)?.get(source)?.get(subset);
  }

  add(destination: Name, source: Name, subset: Name, place: Place): void {
    if (this.#size >= this.#most) this.clear();
    const bySource = inside(this.#places, destination);
    inside(bySource, source).set(subset, place);
    this.#size++;
  }

  clear(): void {
    this.#places.clear();
    this.#size = 0;
  }
}

function inside<Value>(of: Map<Name, Map<Name, Value>>, name: Name): Map<Name, Value> {
  let found = of.get(name);
  if (found === undefined) {
    found = new Map();
    of.set(name, found);
  }
  return found;
}
