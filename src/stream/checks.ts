import { RecordTooLarge } from './errors.ts';
import { type AppendRecord, TOPICS, type Topic } from './record.ts';
import type { RecordSink } from './sink.ts';

/** Largest value one record may have, in bytes. */
export const MAX_VALUE_BYTES = 16 * 1024 * 1024;

/** What a record costs beside its value; keeps a flood of empty records within the bound too. */
const RECORD_OVERHEAD_BYTES = 64;

const known: ReadonlySet<string> = new Set(TOPICS);

/**
 * Bytes the records take while they wait.
 *
 * @throws RangeError for an unknown topic or partition, RecordTooLarge for a value over the limit.
 */
export function checkedBytes(
  records: readonly AppendRecord[],
  store: Pick<RecordSink, 'partitions'>,
): number {
  let bytes = 0;
  for (const { topic, partition, key, value } of records) {
    checkPartition(topic, partition, store);
    const length = value?.byteLength ?? 0;
    if (length > MAX_VALUE_BYTES) {
      throw new RecordTooLarge(
        `a record for ${topic} has a value of ${length} bytes; at most ${MAX_VALUE_BYTES} are allowed`,
      );
    }
    bytes += length + (key?.length ?? 0) + RECORD_OVERHEAD_BYTES;
  }
  return bytes;
}

export function checkPartition(
  topic: Topic,
  partition: number,
  store: Pick<RecordSink, 'partitions'>,
): void {
  if (!known.has(topic)) {
    throw new RangeError(`there is no topic ${topic}; topics are ${TOPICS.join(', ')}`);
  }
  const count = store.partitions(topic);
  if (!Number.isInteger(partition) || partition < 0 || partition >= count) {
    throw new RangeError(`topic ${topic} has no partition ${partition}; it has 0 to ${count - 1}`);
  }
}
