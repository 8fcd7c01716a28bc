import { MINUTE_US } from '../model/time.ts';
import { SPANS, VIEWS, type ViewIndex } from './series-by-reporter.ts';

/** How much a report is worth to a breaker. A source saw what the caller got; spans repeat what logs say. */
export const RANK = { spans: 0, destination: 1, waypoint: 1, source: 2 } as const;
export const RANKS = VIEWS.map((view) => RANK[view]);

/** Calls that were heard from worse evidence, and which better evidence tells of again. */
export type Displaced = 'spans' | 'unknown_callers';

/** When a caller's own proxy last told of its calls, µs. */
export interface KnownCaller {
  sourceUs: number;
}

/**
 * Both sidecars of a hop and spans tell of the same calls; a breaker that heard them all would judge each call
 * several times. Which report a breaker hears:
 *
 * - a source's line: always
 * - a destination's line that names the caller: unless that caller's own proxy has told of its calls within a minute
 * - a destination's line that does not: only where such lines are clearly more than the sources' lines, so that
 *   callers without a proxy must be among them
 * - a span: only where no line was within a minute
 */
export class Evidence {
  /** What is to be forgotten before the call that {@link Evidence.hear} was asked about last. */
  displaced: Displaced | null = null;
  #lineUs = 0;
  #spansHeard = false;
  #unknownHeard = false;
  readonly #sources = new RecentCount();
  readonly #unknown = new RecentCount();

  /** Whether a breaker hears the call, which sets {@link Evidence.displaced}. */
  hear(view: ViewIndex, source: string | null, caller: KnownCaller, endUs: number): boolean {
    this.displaced = null;
    if (view === SPANS) {
      const heard = this.#lineUs <= endUs - MINUTE_US;
      this.#spansHeard ||= heard;
      return heard;
    }
    if (endUs > this.#lineUs) this.#lineUs = endUs;
    if (this.#spansHeard) this.displaced = 'spans';
    this.#spansHeard = false;
    if (view === SOURCE) {
      this.#sources.add(endUs);
      if (endUs > caller.sourceUs) caller.sourceUs = endUs;
      return true;
    }
    if (source !== null) return caller.sourceUs <= endUs - MINUTE_US;
    this.#unknown.add(endUs);
    const heard = this.#unknown.value > CLEARLY_MORE * this.#sources.value;
    if (this.#unknownHeard && !heard) this.displaced = 'unknown_callers';
    this.#unknownHeard = heard;
    return heard;
  }

  toJSON(): EvidenceSnapshot {
    return {
      lineUs: this.#lineUs,
      spansHeard: this.#spansHeard,
      unknownHeard: this.#unknownHeard,
      sources: this.#sources.toJSON(),
      unknown: this.#unknown.toJSON(),
    };
  }

  restore(snapshot: EvidenceSnapshot): void {
    this.#lineUs = snapshot.lineUs;
    this.#spansHeard = snapshot.spansHeard;
    this.#unknownHeard = snapshot.unknownHeard;
    this.#sources.restore(snapshot.sources);
    this.#unknown.restore(snapshot.unknown);
  }
}

export interface EvidenceSnapshot {
  lineUs: number;
  spansHeard: boolean;
  unknownHeard: boolean;
  sources: [minute: number, current: number, previous: number];
  unknown: [minute: number, current: number, previous: number];
}

/** Events of this minute of event time and the one before. */
class RecentCount {
  #minute = 0;
  #current = 0;
  #previous = 0;

  get value(): number {
    return this.#current + this.#previous;
  }

  add(endUs: number): void {
    const minute = Math.floor(endUs / MINUTE_US);
    if (minute > this.#minute) {
      this.#previous = minute === this.#minute + 1 ? this.#current : 0;
      this.#current = 0;
      this.#minute = minute;
    }
    if (minute === this.#minute) this.#current++;
    else if (minute === this.#minute - 1) this.#previous++;
  }

  toJSON(): [number, number, number] {
    return [this.#minute, this.#current, this.#previous];
  }

  restore([minute, current, previous]: readonly [number, number, number]): void {
    this.#minute = minute;
    this.#current = current;
    this.#previous = previous;
  }
}

const SOURCE: ViewIndex = VIEWS.indexOf('source');
/** Where every call has both lines, one side is ahead of the other by what is on its way. */
const CLEARLY_MORE = 1.5;
