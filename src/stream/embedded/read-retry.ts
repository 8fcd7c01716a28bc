import type { Log } from '../../telemetry/log.ts';
import { StreamUnavailable } from '../errors.ts';
import type { Topic } from '../record.ts';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;
/** Half a minute of pauses: a process that is ended then is started again with the file opened anew. */
export const MAX_READ_TRIES = 12;

export interface ReadRetryOptions {
  topic: Topic;
  /** Over early, resolved or rejected, when the signal is aborted. */
  sleep(ms: number, stopping: AbortSignal): Promise<void>;
  log: Log;
}

/**
 * Reads again while the stream cannot be read now, with growing pauses. Undefined when stopped meanwhile. Rejects
 * with what the last of {@link MAX_READ_TRIES} threw, and at once with anything but StreamUnavailable.
 */
export async function readPatiently<T>(
  read: () => T,
  stopping: AbortSignal,
  { topic, sleep, log }: ReadRetryOptions,
): Promise<T | undefined> {
  for (let failures = 0; !stopping.aborted; ) {
    try {
      const found = read();
      if (failures > 0) log.info('stream.read_recovered', { topic, failures });
      return found;
    } catch (error) {
      failures++;
      if (!(error instanceof StreamUnavailable) || failures === MAX_READ_TRIES) throw error;
      if (failures === 1) log.error('stream.read_failed', { topic, error: error.message });
    }
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS);
    await sleep(pauseMs, stopping).catch(() => {});
  }
  return undefined;
}
