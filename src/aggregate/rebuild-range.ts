import { HORIZON_US, type StreamTimeSnapshot, WATERMARK_LAG_US } from './stream-time.ts';

/**
 * The end, µs, from which on a rebuild takes events from records. Minutes before it ended over a minute before the
 * horizon: they have their rollups, and no event can change them any more.
 */
export function rebuildFrom({ newestUs }: Pick<StreamTimeSnapshot, 'newestUs'>): number {
  const us = newestUs! - WATERMARK_LAG_US - HORIZON_US - MINUTE_US;
  return us - (us % MINUTE_US);
}

/**
 * The append time, ms, from which on a rebuild reads records again. No end is later than its append time, and a copy
 * has the end of its original: what was appended before {@link rebuildFrom} ended before it too, and is forgotten. Only
 * a clamped end is remembered under a later one: where there were such, those before are read too.
 */
export function rereadFromMs(time: StreamTimeSnapshot): number {
  const fromUs = rebuildFrom(time);
  const fartherUs = fromUs - HORIZON_US - MINUTE_US;
  const clamped = time.clampedMs !== null && time.clampedMs * 1_000 >= fartherUs;
  return (clamped ? fartherUs : fromUs) / 1_000;
}

const MINUTE_US = 60_000_000;
