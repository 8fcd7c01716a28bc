import { RateLimited, RecordTooLarge, StreamFull, StreamUnavailable } from '../errors.ts';
import type { LaneAnswer } from './calls.ts';

/** An error as an answer, which keeps its class on the way to a Worker. `isPartly`: some of the frames were taken. */
export function refusalOf(error: unknown, isPartly: boolean): LaneAnswer {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof RateLimited) return { refused: 'rate', message };
  if (error instanceof StreamFull && !isPartly) return { refused: 'full', message };
  if (error instanceof RecordTooLarge) return { refused: 'too_large', message };
  const inDoubt = isPartly || (error instanceof StreamUnavailable && error.inDoubt);
  return { refused: 'unavailable', message, inDoubt };
}
