import { RecordTooLarge, StreamFull } from './errors.ts';
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
  for (const record of records) {
    const { topic, partition, value } = record;
    checkPartition(topic, partition, store);
    const length = value?.byteLength ?? 0;
    if (length > MAX_VALUE_BYTES) {
      throw new RecordTooLarge(
        `a record for ${topic} has a value of ${length} bytes; at most ${MAX_VALUE_BYTES} are allowed`,
      );
    }
    bytes += bytesOf(record);
  }
  return bytes;
}

/** What a record takes while it waits. */
export function bytesOf({ key, value }: AppendRecord): number {
  return (value?.byteLength ?? 0) + (key?.length ?? 0) + RECORD_OVERHEAD_BYTES;
}

/**
 * Whether so many bytes more may wait to be appended.
 *
 * @throws RecordTooLarge when they never may, StreamFull when they may later
 */
export function admit(bytes: number, waiting: number, most: number): void {
  if (bytes > most) {
    throw new RecordTooLarge(
      `the records of one append take ${bytes} bytes; at most ${most} may wait`,
    );
  }
  if (waiting + bytes > most) {
    throw new StreamFull(
      `${waiting} bytes wait to be appended; with ${bytes} more it would be over ${most}`,
    );
  }
}

/** @throws RangeError when a group cannot commit that offset of a partition that ends at `end` */
export function checkCommit(
  group: string,
  topic: Topic,
  partition: number,
  nextOffset: number,
  end: number,
): void {
  if (Number.isInteger(nextOffset) && nextOffset >= 0 && nextOffset <= end) return;
  throw new RangeError(
    `group ${group} cannot commit offset ${nextOffset} of ${topic}/${partition}; it has 0 to ${end}`,
  );
}

/** An offset beyond the end would skip records in silence. @throws RangeError */
export function checkStart(topic: Topic, partition: number, offset: number, end: number): void {
  if (Number.isInteger(offset) && offset >= 0 && offset <= end) return;
  throw beyondEnd(topic, partition, offset, 0, end);
}

export function beyondEnd(topic: Topic, partition: number, at: number, first: number, end: number) {
  return new RangeError(
    `cannot read ${topic}/${partition} from offset ${at}; it has ${first} to ${end}`,
  );
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
