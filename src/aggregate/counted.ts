import { OUTCOMES } from '../model/outcome.ts';
import { secondOf } from '../model/time.ts';
import type { Columns } from '../packed/columns.ts';
import { CellTime } from './cell-time.ts';
import { classify, type Verdict } from './classify.ts';
import { SPANS, type ViewIndex } from './series-by-reporter.ts';
import { binOf } from './sketch.ts';

/** One request event as it counts. A fold uses one object for all its events, one after the other. */
export class Counted {
  view: ViewIndex = SPANS;
  /** Clamped, µs. */
  endUs = -1;
  /** Of the end. */
  readonly time = new CellTime();
  /** The epoch second that holds the watermark. */
  watermark = -1;
  /** µs; -1 when the record did not say. */
  durationUs = -1;
  verdict: Verdict = classify({ code: 200, grpcStatus: null, flags: 0, details: null, traits: 0 });
  /** Index of OUTCOMES. */
  outcome = -1;
  /** Of the latency sketch; -1 where the duration is no latency. */
  bin = -1;

  /** Becomes row `i`, which ended at `endUs` when the watermark was in the second `watermark`. */
  set(columns: Columns, i: number, endUs: number, watermark: number, verdict: Verdict): void {
    const durationUs = columns.durationUs[i]!;
    this.view = columns.spans === null ? columns.reporter[i]! : SPANS;
    this.endUs = endUs;
    this.time.set(secondOf(endUs));
    this.watermark = watermark;
    this.durationUs = durationUs;
    this.verdict = verdict;
    this.outcome = OUTCOMES.indexOf(verdict.outcome);
    this.bin = verdict.latency && durationUs >= 0 ? binOf(durationUs) : -1;
  }
}
