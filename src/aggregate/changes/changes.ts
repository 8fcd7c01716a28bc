import type { Counted } from '../counted.ts';
import type { PlaceInService } from '../place.ts';
import { IdLog, type IdRun } from './id-log.ts';
import { Words } from './words.ts';

/** Where events of a {@link Changed} count, as the fold placed them. */
export interface ChangedPlace {
  destination: string;
  source: string | null;
  subset: string | null;
  cluster: string | null;
}

/** What the records of some offsets have put into windows and into the memory for duplicates. */
export interface Changed {
  /** Offsets [from, to). */
  from: number;
  to: number;
  places: readonly ChangedPlace[];
  /** The epoch second in which the first of its events ended: `second` counts from there. */
  since: number;
  /** Of each event that counts: the index of its place, its second, and the rest as {@link factsOf} packs it. */
  place: Uint32Array;
  second: Uint32Array;
  facts: Uint32Array;
  /** In the order of {@link ID_KINDS}. */
  ids: readonly { runs: readonly IdRun[]; words: Uint32Array }[];
}

/** What is known by ids: bodies, records of shippers, spans. */
export const ID_KINDS = ['parts', 'fingerprints', 'spans'] as const;

/** A place that may be among the changed ones. */
type Place = PlaceInService & { readonly service: { readonly name: string } };

/**
 * Notes what a fold puts into windows and into the memory for duplicates, so that a restart can put it there again
 * without reading, decoding and judging the records again. Before {@link Changes.begin} no id is noted.
 */
export class Changes {
  readonly ids: readonly IdLog[] = ID_KINDS.map(() => new IdLog());
  readonly #places: Place[] = [];
  readonly #place = new Words();
  readonly #second = new Words();
  readonly #facts = new Words();
  #placeBytes = 0;
  #from = 0;

  counted(place: Place, { time, view, outcome, bin }: Counted): void {
    if (place.changed < 0) {
      place.changed = this.#places.length;
      this.#places.push(place);
      const { service, source, subset, cluster } = place;
      const names = [service.name, source, subset, cluster];
      this.#placeBytes += names.reduce((sum, name) => sum + (name?.length ?? 0), PLACE_BYTES);
    }
    this.#place.push(place.changed);
    this.#second.push(time.second);
    this.#facts.push(factsOf(view, outcome, bin));
  }

  /** Bytes that what is noted takes encoded, about. */
  get bytes(): number {
    const ids = this.ids.reduce(
      (sum, { words, runs }) => sum + 4 * words.length + RUN_BYTES * runs.length,
      0,
    );
    return ids + this.#placeBytes + EVENT_BYTES * this.#place.length;
  }

  /** Forgets what is noted, if anything was; notes what records from this offset on do. */
  begin(offset: number): void {
    for (const place of this.#places) place.changed = -1;
    this.#places.length = 0;
    for (const words of [this.#place, this.#second, this.#facts]) words.clear();
    for (const log of this.ids) log.begin();
    this.#placeBytes = 0;
    this.#from = offset;
  }

  /** What records before this offset did since {@link Changes.begin}; good until the next event. */
  upTo(offset: number): Changed {
    const seconds = this.#second.all;
    let since = seconds[0] ?? 0;
    for (const second of seconds) if (second < since) since = second;
    return {
      from: this.#from,
      to: offset,
      places: this.#places.map(({ service, source, subset, cluster }) => {
        return { destination: service.name, source, subset, cluster };
      }),
      since,
      place: this.#place.all,
      second: seconds.map((second) => second - since),
      facts: this.#facts.all,
      ids: this.ids.map(({ runs, words }) => ({ runs, words: words.all })),
    };
  }
}

const EVENT_BYTES = 5;
// Of the JSON for a place without its names, and for a run of ids.
const PLACE_BYTES = 65;
const RUN_BYTES = 32;

/** The bin of most latencies, in two bytes of seven bits. */
export function factsOf(view: number, outcome: number, bin: number): number {
  return (bin + 1) * 16 + outcome * 4 + view;
}

export const viewOf = (facts: number) => facts & 3;
export const outcomeOf = (facts: number) => (facts >>> 2) & 3;
export const binOf = (facts: number) => (facts >>> 4) - 1;
