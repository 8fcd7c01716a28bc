type Name = string | null;
type BySource<Place> = Map<Name, Map<Name, Place>>;

/** Places by the names they were looked up with, as long as nothing is forgotten. */
export class PlaceTable<Place> {
  readonly #most: number;
  readonly #clusters = new Map<Name, Map<Name, BySource<Place>>>();
  /** The cluster looked up last, and its places by destination: a body nearly always has one cluster. */
  #cluster: Name = null;
  #places: Map<Name, BySource<Place>> = inside(this.#clusters, null);
  #size = 0;

  /** Of more than `most` places none is kept: names are bounded, but not what goes with what. */
  constructor(most: number) {
    this.#most = most;
  }

  get(destination: Name, source: Name, subset: Name, cluster: Name): Place | undefined {
    if (cluster !== this.#cluster) this.#enter(cluster);
    return this.#places.get(destination)?.get(source)?.get(subset);
  }

  add(destination: Name, source: Name, subset: Name, cluster: Name, place: Place): void {
    if (this.#size >= this.#most) this.clear();
    if (cluster !== this.#cluster) this.#enter(cluster);
    const bySource = inside(this.#places, destination);
    inside(bySource, source).set(subset, place);
    this.#size++;
  }

  clear(): void {
    this.#clusters.clear();
    this.#enter(null);
    this.#size = 0;
  }

  #enter(cluster: Name): void {
    this.#cluster = cluster;
    this.#places = inside(this.#clusters, cluster);
  }
}

function inside<Key, Inner>(of: Map<Name, Map<Key, Inner>>, name: Name): Map<Key, Inner> {
  let found = of.get(name);
  if (found === undefined) {
    found = new Map();
    of.set(name, found);
  }
  return found;
}
