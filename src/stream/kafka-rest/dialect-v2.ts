import type { AppendRecord } from '../record.ts';
import { base64 } from './base64.ts';
import { type Dialect, type Report, reported, unanswered } from './dialect.ts';
import type { Outcome } from './outcome.ts';

type Offset = Report & { partition?: number | null };

/** https://docs.confluent.io/platform/current/kafka-rest/api.html#api-v2. It has no headers. */
export const DIALECT_V2: Dialect = {
  contentType: 'application/vnd.kafka.binary.v2+json',
  accept: 'application/vnd.kafka.v2+json',
  recordsPath: (topic) => `/topics/${encodeURIComponent(topic)}`,
  topicPath: (topic) => `/topics/${encodeURIComponent(topic)}/partitions`,
  body: (records) => JSON.stringify({ records: records.map(jsonOf) }),
  outcomes({ status, text, broken }, records) {
    // Karapace says 4xx or 5xx of the whole when one record was not written.
    const offsets = offsetsIn(text);
    if (offsets !== null) return outcomesOf(offsets, records);
    if (status !== 200) return null;
    return records.map(() => unanswered(broken ?? 'the answer has no offsets'));
  },
  partitionsIn: (answer) => (Array.isArray(answer) ? answer.length : undefined),
};

/** What is null is left out: Redpanda takes no null. */
function jsonOf({ partition, key, value }: AppendRecord) {
  return {
    partition,
    ...(key !== null && { key: base64(key) }),
    ...(value !== null && { value: base64(value) }),
  };
}

function offsetsIn(text: string): Offset[] | null {
  try {
    const { offsets } = JSON.parse(text) as { offsets?: Offset[] };
    const isTold = Array.isArray(offsets) && offsets.length > 0 && offsets.every(isObject);
    return isTold ? offsets : null;
  } catch {
    return null;
  }
}

const isObject = (one: unknown) => typeof one === 'object' && one !== null;

function outcomesOf(offsets: readonly Offset[], records: readonly AppendRecord[]): Outcome[] {
  const isInPlace = ({ partition }: Offset, index: number) =>
    partition == null || partition === records[index]!.partition;
  if (offsets.length === records.length && offsets.every(isInPlace)) {
    return records.map((record, index) => {
      const offset = offsets[index]!;
      return reported(offset, record, offset.partition);
    });
  }
  return batchOutcomesOf(offsets, records);
}

/** Redpanda answers once for each partition: with the offset of the first record, as they are written together. */
function batchOutcomesOf(offsets: readonly Offset[], records: readonly AppendRecord[]): Outcome[] {
  const byPartition = new Map(offsets.map((offset) => [offset.partition, offset]));
  const wanted = new Set(records.map(({ partition }) => partition));
  const isOneEach =
    byPartition.size === offsets.length &&
    byPartition.size === wanted.size &&
    [...wanted].every((partition) => byPartition.has(partition));
  const written = new Map<number, number>();
  return records.map((record) => {
    if (!isOneEach)
      return unanswered(`${offsets.length} offsets came for ${records.length} records`);
    const { partition } = record;
    const outcome = reported(byPartition.get(partition)!, record, partition);
    if (outcome.kind !== 'written') return outcome;
    const before = written.get(partition) ?? 0;
    written.set(partition, before + 1);
    return { kind: 'written', offset: outcome.offset + before };
  });
}
