import { Buffer } from 'node:buffer';
import type { AppendRecord } from '../record.ts';
import { base64 } from './base64.ts';
import { type Dialect, type Report, reported, unanswered } from './dialect.ts';
import { jsonObjectsIn } from './json-objects.ts';

/** https://docs.confluent.io/cloud/current/ccloud/produce-record/: records and reports are concatenated JSON. */
export function dialectV3(cluster: string): Dialect {
  const topicPath = (topic: string) =>
    `/v3/clusters/${encodeURIComponent(cluster)}/topics/${encodeURIComponent(topic)}`;
  return {
    contentType: 'application/json',
    accept: 'application/json',
    recordsPath: (topic) => `${topicPath(topic)}/records`,
    topicPath,
    body: streamed,
    outcomes({ status, text, broken }, records) {
      if (status !== 200) return null;
      // What came before the connection broke is acknowledged.
      const reports = jsonObjectsIn(text) as (Report & { partition_id?: number })[];
      return records.map((record, index) => {
        const report = reports[index];
        if (report === undefined) {
          return unanswered(
            broken ?? `${reports.length} reports came for ${records.length} records`,
          );
        }
        return reported(report, record, report.partition_id);
      });
    },
    partitionsIn(answer) {
      const count = (answer as { partitions_count?: unknown } | null)?.partitions_count;
      return typeof count === 'number' ? count : undefined;
    },
  };
}

/**
 * A stream is sent in chunks, which is what the API wants for more than one record. All of it at once: what is answered
 * before its end is still read by fetch when the records are no longer ours.
 */
function streamed(records: readonly AppendRecord[]): ReadableStream<Uint8Array> {
  const lines = records.map((record) => `${JSON.stringify(jsonOf(record))}\n`);
  const bytes = Buffer.from(lines.join(''));
  return new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(bytes);
      controller.close();
    },
  });
}

/** Without a key or a value it is null. */
function jsonOf({ partition, key, value, headers }: AppendRecord) {
  return {
    partition_id: partition,
    ...(headers && {
      headers: Object.entries(headers).map(([name, text]) => ({ name, value: base64(text) })),
    }),
    ...(key !== null && { key: { type: 'BINARY', data: base64(key) } }),
    ...(value !== null && { value: { type: 'BINARY', data: base64(value) } }),
  };
}
