import { MINUTE_MS } from '../model/time.ts';

/** How far the watermark stays behind the newest end. */
export const WATERMARK_LAG_US = 2_000_000;
/** How far behind the watermark an event may end and still count. */
export const HORIZON_US = 300_000_000;
/** A tick overdue by more than this: nobody was there to append it. */
const BLIND_GAP_MS = 5_000;
/** Clocks may be years fast; but as long only is a copy known that is clamped once more. */
const FARTHEST_US = HORIZON_US + 120_000_000;
const REMEMBER_CLAMPED_MS = (HORIZON_US + FARTHEST_US) / 1_000 + 2 * MINUTE_MS;
/** Blind periods are remembered as long as the longest window. */
const REMEMBER_MS = 3_660_000;

const NEVER = Number.NEGATIVE_INFINITY;

/** The most by which ends of records that were appended in a minute were clamped. */
export type ClampedBy = [minuteMs: number, byUs: number];

/** For checkpoints. */
export interface StreamTimeSnapshot {
  appendMs: number | null;
  newestUs: number | null;
  clampedEnds: number;
  clampedBy: ClampedBy[];
  blind: { fromMs: number; toMs: number }[];
}

/**
 * The clocks of one partition, all from the stream itself: append time (running maximum), newest end, watermark,
 * horizon, and the periods in which nobody read or wrote although something waited for time.
 */
export class StreamTime {
  appendMs: number | null = null;
  clampedEnds = 0;
  /** Of the minutes in which ends were clamped; newest last. */
  clampedBy: ClampedBy[] = [];
  blind: { fromMs: number; toMs: number }[] = [];
  /** {@link NEVER} before the first end. A number at all times, for it is set with most events. */
  #newestUs = NEVER;

  /** A record was appended at `timeMs`; before it, the fold waited for a tick at `dueMs` (null: for none). */
  appended(timeMs: number, dueMs: number | null): void {
    const before = this.appendMs;
    this.appendMs = Math.max(timeMs, before ?? 0);
    if (
      before !== null &&
      dueMs !== null &&
      this.appendMs - Math.max(dueMs, before) > BLIND_GAP_MS
    ) {
      this.blind.push({ fromMs: before, toMs: this.appendMs });
    }
    if (this.blind.length > 0) {
      this.blind = this.blind.filter(({ toMs }) => this.appendMs! - toMs < REMEMBER_MS);
    }
  }

  /** What was appended up to `untilMs` will never be read; null: up to now. */
  missed(untilMs: number | null): void {
    if (this.appendMs === null) return;
    this.blind.push({ fromMs: this.appendMs, toMs: Math.max(untilMs ?? 0, this.appendMs) });
  }

  /** An end as it counts: not later than the append time of its record. */
  clamp(endUs: number): number {
    const latest = this.appendMs! * 1000;
    if (endUs <= latest) return endUs;
    this.clampedEnds++;
    this.#clampedBy(endUs - latest);
    return latest;
  }

  #clampedBy(byUs: number): void {
    const us = Math.min(byUs, FARTHEST_US);
    const minuteMs = this.appendMs! - (this.appendMs! % MINUTE_MS);
    const newest = this.clampedBy.at(-1);
    if (newest !== undefined && newest[0] === minuteMs) {
      if (us > newest[1]) newest[1] = us;
      return;
    }
    const oldestMs = minuteMs - REMEMBER_CLAMPED_MS;
    this.clampedBy = this.clampedBy.filter(([ms]) => ms >= oldestMs);
    this.clampedBy.push([minuteMs, us]);
  }

  saw(endUs: number): void {
    if (endUs > this.#newestUs) this.#newestUs = endUs;
  }

  /** Null before the first end. */
  get newestUs(): number | null {
    return this.#newestUs === NEVER ? null : this.#newestUs;
  }

  /** Null before the first end. */
  get watermarkUs(): number | null {
    return this.#newestUs === NEVER ? null : this.#newestUs - WATERMARK_LAG_US;
  }

  isLate(endUs: number): boolean {
    return endUs < this.#newestUs - WATERMARK_LAG_US - HORIZON_US;
  }

  toJSON(): StreamTimeSnapshot {
    const { appendMs, newestUs, clampedEnds, clampedBy, blind } = this;
    return {
      appendMs,
      newestUs,
      clampedEnds,
      clampedBy: clampedBy.map(([minuteMs, us]) => [minuteMs, us]),
      blind: [...blind],
    };
  }

  static from(snapshot: StreamTimeSnapshot): StreamTime {
    const { newestUs, ...rest } = snapshot;
    const time = Object.assign(new StreamTime(), rest);
    time.#newestUs = newestUs ?? NEVER;
    return time;
  }

  isBlind(fromMs: number, toMs: number): boolean {
    return this.blind.some((period) => period.fromMs < toMs && period.toMs > fromMs);
  }
}
