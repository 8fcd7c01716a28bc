import { MINUTE_MS, MINUTE_US } from '../model/time.ts';
import { HORIZON_US, type StreamTimeSnapshot, WATERMARK_LAG_US } from './stream-time.ts';

/**
 * The end, µs, from which on a rebuild takes events from records. Minutes before it ended before the horizon: they
 * have their rollups, and no event can change them any more.
 */
export function rebuildFrom({ newestUs }: Pick<StreamTimeSnapshot, 'newestUs'>): number {
  const us = newestUs! - WATERMARK_LAG_US - HORIZON_US;
  return us - (us % MINUTE_US);
}

/**
 * The append time, ms, from which on a restart reads records again, or what was noted of them. No end is later than its
 * append time, and a copy has the end of its original: what was appended before {@link rebuildFrom} ended before it too,
 * and is forgotten. Only where ends were clamped, records from before may have said an end after it: so much earlier it
 * begins.
 */
export function rereadFromMs(time: StreamTimeSnapshot): number {
  const fromMs = rebuildFrom(time) / 1_000;
  const reaching = time.clampedBy.map(([minuteMs, byUs]): number => {
    const sinceMs = Math.max(minuteMs, fromMs - Math.ceil(byUs / 1_000));
    return sinceMs < minuteMs + MINUTE_MS ? sinceMs : fromMs;
  });
  return Math.min(fromMs, ...reaching);
}
