import { WATERMARK_LAG_US } from './stream-time.ts';

/** What the fold waits for. Event times in µs. */
export interface Waiting {
  appendMs: number;
  watermarkUs: number;
  /** Something has changed since it was last published. */
  unpublished: boolean;
  /** Next event time at which a breaker moves by itself. */
  deadlineUs: number | null;
  /** End of the newest request of any service; null when none is kept. */
  newestRequestUs: number | null;
}

/**
 * The append time at which a tick would change something, ms; null when nothing waits for time. After the last
 * request the windows empty in their own steps: every second for a minute, then every ten, then every minute.
 */
export function nextTickMs(waiting: Waiting): number | null {
  const { appendMs, watermarkUs, unpublished, deadlineUs, newestRequestUs } = waiting;
  const due: number[] = [];
  if (unpublished) due.push(appendMs + 1_000);
  if (deadlineUs !== null) due.push(Math.ceil((deadlineUs + WATERMARK_LAG_US) / 1_000));
  if (newestRequestUs !== null) {
    const stepUs = stepAfter(watermarkUs - newestRequestUs);
    if (stepUs !== null) {
      const next = (Math.floor(watermarkUs / stepUs) + 1) * stepUs;
      due.push(Math.ceil((next + WATERMARK_LAG_US) / 1_000));
    }
  }
  return due.length === 0 ? null : Math.min(...due);
}

function stepAfter(idleUs: number): number | null {
  if (idleUs < 70 * SECOND) return SECOND;
  if (idleUs < 320 * SECOND) return 10 * SECOND;
  if (idleUs < FORGET_AFTER_US + 120 * SECOND) return 60 * SECOND;
  return null;
}

const SECOND = 1_000_000;

/** A service or caller without a request for this long has nothing in any window and is forgotten. */
export const FORGET_AFTER_US = 3_720 * SECOND;
