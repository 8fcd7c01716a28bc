import type { Policy } from '../../model/policy.ts';
import { SECOND_US, secondOf } from '../../model/time.ts';
import { Cell } from '../cell.ts';
import { CellTime, reachOf, SECONDS, startOf, TENS } from '../cell-time.ts';
import type { Directory, Place } from '../directory.ts';
import type { Duplicates } from '../duplicates.ts';
import { rebuildFrom } from '../rebuild-range.ts';
import { VIEWS } from '../series-by-reporter.ts';
import { HORIZON_US, type StreamTime } from '../stream-time.ts';
import { binOf, type Changed, type ChangedPlace, outcomeOf, viewOf } from './changes.ts';

/**
 * Puts what {@link Changes} noted into the windows and the memory for duplicates of a fold that was restored from a
 * checkpoint: as of the watermark there, so that no cell is made that has passed since.
 */
export class Replay {
  readonly #services: Directory;
  readonly #duplicates: Duplicates;
  readonly #policy: Policy;
  readonly #horizonUs: number;
  readonly #watermark: number;
  /** Seconds before it are in rollups. */
  readonly #fromSecond: number;
  /** Of seconds from this one on there may be cells. */
  readonly #youngFrom: number;
  readonly #time = new CellTime();
  /** By view, what is collected of a block of ten seconds of the place at hand, and where that starts; -1 for none. */
  readonly #cells = VIEWS.map(() => new Cell());
  readonly #tens = VIEWS.map(() => -1);

  /** @param time of the checkpoint; an end was seen before it */
  constructor(services: Directory, duplicates: Duplicates, policy: Policy, time: StreamTime) {
    this.#services = services;
    this.#duplicates = duplicates;
    this.#policy = policy;
    this.#horizonUs = time.watermarkUs! - HORIZON_US;
    this.#watermark = secondOf(time.watermarkUs!);
    this.#fromSecond = rebuildFrom(time) / SECOND_US;
    const closed = startOf(TENS, this.#watermark);
    this.#youngFrom = Math.min(closed, this.#watermark - reachOf(SECONDS) + 1);
  }

  add(changed: Changed): void {
    const byPlace = sortedByPlace(changed);
    for (let i = 0; i < changed.places.length; i++) {
      this.#events(changed, i, byPlace.subarray(byPlace[i]!, byPlace[i + 1]!));
    }
    changed.ids.forEach(({ runs, words }, kind) => {
      this.#duplicates.restore(kind, runs, words, this.#horizonUs);
    });
  }

  #events({ places, since, second, facts }: Changed, index: number, rows: Uint32Array): void {
    let place: Place | null = null;
    for (const row of rows) {
      const at = since + second[row]!;
      if (at < this.#fromSecond) continue;
      // Not before: what was seen by older events only may be forgotten by now.
      place ??= this.#placeOf(places[index]!, at);
      const packed = facts[row]!;
      const ten = startOf(TENS, at);
      if (at >= this.#youngFrom || ten < this.#tens[viewOf(packed)]!) this.#add(place, at, packed);
      else this.#collect(place, ten, packed);
    }
    if (place === null) return;
    for (let view = 0; view < VIEWS.length; view++) this.#flush(place, view);
  }

  #placeOf({ destination, source, subset, cluster }: ChangedPlace, second: number): Place {
    const endUs = second * SECOND_US;
    return this.#services.place(destination, source, subset, cluster, this.#policy, endUs);
  }

  /** What may be in cells of seconds, or came after its block of ten. */
  #add(place: Place, second: number, facts: number): void {
    this.#time.set(second);
    for (const series of place.service.seriesAt(place, viewOf(facts))) {
      series.add(this.#time, this.#watermark, outcomeOf(facts), binOf(facts));
    }
  }

  #collect(place: Place, ten: number, facts: number): void {
    const view = viewOf(facts);
    if (ten !== this.#tens[view]) {
      this.#flush(place, view);
      this.#tens[view] = ten;
    }
    const { counts, latencies } = this.#cells[view]!;
    const outcome = outcomeOf(facts);
    const bin = binOf(facts);
    counts[outcome] = counts[outcome]! + 1;
    if (bin >= 0) latencies.addKnown(bin, 1);
  }

  #flush(place: Place, view: number): void {
    const ten = this.#tens[view]!;
    if (ten < 0) return;
    const cell = this.#cells[view]!;
    for (const series of place.service.seriesAt(place, view)) {
      series.addTen(ten, this.#watermark, cell);
    }
    cell.clear();
    this.#tens[view] = -1;
  }
}

/** For each place where its rows begin and, one further, where they end; behind these the rows, each place's in their order. */
function sortedByPlace({ places, place }: Changed): Uint32Array {
  const heads = places.length + 1;
  const sorted = new Uint32Array(heads + place.length);
  for (const index of place) sorted[index + 1] = sorted[index + 1]! + 1;
  sorted[0] = heads;
  for (let i = 1; i < heads; i++) sorted[i] = sorted[i]! + sorted[i - 1]!;
  const next = sorted.slice(0, heads);
  for (let row = 0; row < place.length; row++) sorted[next[place[row]!]!++] = row;
  return sorted;
}
