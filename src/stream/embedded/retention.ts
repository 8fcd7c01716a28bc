import { DEFAULT_RETENTION, type Retention, type Topic } from '../record.ts';

export type RetentionByTopic = Readonly<Record<Topic, Retention>>;

export function retentionOf(given: Partial<RetentionByTopic> | undefined): RetentionByTopic {
  return { ...DEFAULT_RETENTION, ...given };
}

/** What retention needs to know of a record. */
export interface Kept {
  offset: number;
  time: number;
  /** Bytes of its value. */
  size: number;
}

/**
 * The records to delete, oldest first: those past the age, or in the way of the size.
 *
 * @param deletable the oldest records that may go, by offset; only as many as needed are taken from it
 * @param bytes values of the whole topic
 */
export function expired<T extends Kept>(
  deletable: Iterable<T>,
  retention: Retention,
  now: number,
  bytes: number,
): T[] {
  const oldest = retention.maxAgeMs === null ? -Infinity : now - retention.maxAgeMs;
  const bound = retention.maxBytes ?? Infinity;
  const gone: T[] = [];
  let left = bytes;
  for (const record of deletable) {
    if (record.time >= oldest && left <= bound) break;
    left -= record.size;
    gone.push(record);
  }
  return gone;
}
