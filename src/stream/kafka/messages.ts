import type { AppendRecord, StreamRecord, Topic } from '../record.ts';
import type { FetchedMessage } from './client.ts';

/** As kafkajs writes it. */
export function messageOf({ key, value, headers }: AppendRecord) {
  return {
    key: key === null ? null : Buffer.from(key),
    value: value === null ? null : bufferOf(value),
    ...(headers && { headers: { ...headers } }),
  };
}

/**
 * What was fetched from `from` on: brokers send whole batches, which may begin before it. Ends before the record that
 * would make it more than `maxBytes`, but has one at least if any was fetched.
 */
export function recordsOf(
  messages: readonly FetchedMessage[],
  topic: Topic,
  partition: number,
  from: number,
  maxBytes = Number.POSITIVE_INFINITY,
): StreamRecord[] {
  const records: StreamRecord[] = [];
  let bytes = 0;
  for (const message of messages) {
    const offset = Number(message.offset);
    if (offset < from) continue;
    bytes += message.value?.length ?? 0;
    if (records.length > 0 && bytes > maxBytes) break;
    records.push(recordOf(message, topic, partition, offset));
  }
  return records;
}

/** One after the last batch of what was fetched: compaction may have taken its last records. */
export function endOf(messages: readonly FetchedMessage[]): number {
  const { firstOffset, lastOffsetDelta } = messages.at(-1)!.batchContext;
  return Number(firstOffset) + lastOffsetDelta + 1;
}

function recordOf(
  { timestamp, key, value, headers }: FetchedMessage,
  topic: Topic,
  partition: number,
  offset: number,
): StreamRecord {
  const names = Object.keys(headers);
  return {
    topic,
    partition,
    key: key === null ? null : key.toString(),
    value: value && new Uint8Array(value.buffer, value.byteOffset, value.byteLength),
    ...(names.length > 0 && { headers: textsOf(headers, names) }),
    offset,
    time: Number(timestamp),
  };
}

function textsOf(headers: FetchedMessage['headers'], names: string[]): Record<string, string> {
  const newest = (name: string) => [headers[name] ?? []].flat().at(-1);
  return Object.fromEntries(names.map((name) => [name, newest(name)?.toString() ?? '']));
}

function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
