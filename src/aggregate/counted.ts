import { classify, type Verdict } from './classify.ts';
import type { ViewIndex } from './series-by-reporter.ts';

/** One request event as it counts. One object is used for all events of a fold, one after the other. */
export interface Counted {
  view: ViewIndex;
  /** Clamped, µs. */
  endUs: number;
  /** The epoch second that holds the end, and that of the watermark. */
  second: number;
  watermark: number;
  /** µs; -1 when the record did not say. */
  durationUs: number;
  verdict: Verdict;
  /** Index of OUTCOMES. */
  outcome: number;
  /** Of the latency sketch; -1 where the duration is no latency. */
  bin: number;
}

export function newCounted(): Counted {
  const verdict = classify({ code: 200, grpcStatus: null, flags: 0, details: null, traits: 0 });
  return {
    view: 0,
    endUs: 0.5,
    second: 0,
    watermark: 0,
    durationUs: 0.5,
    verdict,
    outcome: 0,
    bin: 0,
  };
}
