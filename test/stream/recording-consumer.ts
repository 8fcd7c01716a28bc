import type { StreamRecord } from '../../src/stream/record.ts';
import type { PartitionConsumer } from '../../src/stream/source.ts';

export interface Seen {
  calls: string[];
  records: StreamRecord[];
  /** `atEnd` of every call. */
  ends: boolean[];
  errors: unknown[];
  /** Most calls that were running at once. */
  overlap: number;
}

/** A consumer that keeps what it is told, and does what the test adds. */
export function recordingConsumer(
  does: {
    start?: (partition: number, committed: number | null) => number;
    records?: (partition: number, records: readonly StreamRecord[]) => Promise<void> | void;
    revoked?: (partition: number) => Promise<void> | void;
  } = {},
): { consumer: PartitionConsumer; seen: Seen } {
  const seen: Seen = { calls: [], records: [], ends: [], errors: [], overlap: 0 };
  let running = 0;
  const call = async <T>(name: string, body: () => T | Promise<T>): Promise<T> => {
    seen.calls.push(name);
    running++;
    seen.overlap = Math.max(seen.overlap, running);
    try {
      await Promise.resolve();
      return await body();
    } finally {
      running--;
    }
  };
  const consumer: PartitionConsumer = {
    assigned: (partition, committed) =>
      call(`assigned ${partition} ${committed}`, () =>
        does.start ? does.start(partition, committed) : (committed ?? 0),
      ),
    records: (partition, records, atEnd) =>
      call(`records ${partition}`, () => {
        seen.records.push(...records);
        seen.ends.push(atEnd);
        return does.records?.(partition, records);
      }),
    revoked: (partition) => call(`revoked ${partition}`, () => does.revoked?.(partition)),
    failed: (error) => {
      seen.calls.push('failed');
      seen.errors.push(error);
    },
  };
  return { consumer, seen };
}
