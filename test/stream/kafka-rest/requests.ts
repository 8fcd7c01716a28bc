import type { AppendRecord, Topic } from '../../../src/stream/record.ts';

interface Data {
  type: string;
  data: string;
}

export interface RequestV3 {
  partition_id: number;
  headers?: { name: string; value: string }[];
  key?: Data;
  value?: Data;
}

export interface RequestV2 {
  partition: number;
  key?: string;
  value?: string;
}

/** What the API writes when it is sent that. @throws when it would not take it */
export function recordOfV3(topic: Topic, request: RequestV3): AppendRecord {
  const { partition_id: partition, headers, key, value, ...unknown } = request;
  none(unknown);
  const pairs = headers?.map(({ name, value: text }) => [name, bytesOf(text).toString()]);
  return {
    topic,
    partition,
    key: key === undefined ? null : bytesOf(binary(key)).toString(),
    value: value === undefined ? null : bytesOf(binary(value)),
    ...(pairs && { headers: Object.fromEntries(pairs) }),
  };
}

/** @throws when one of the APIs that speak it would not take it */
export function recordOfV2(topic: Topic, request: RequestV2): AppendRecord {
  const { partition, key, value, ...unknown } = request;
  none(unknown);
  return {
    topic,
    partition,
    key: key === undefined ? null : bytesOf(key).toString(),
    value: value === undefined ? null : bytesOf(value),
  };
}

function binary({ type, data }: Data): string {
  if (type !== 'BINARY') throw new Error(`unexpected type ${type}`);
  return data;
}

function bytesOf(base64: string): Buffer {
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.toString('base64') !== base64) throw new Error(`not base64: ${base64}`);
  return bytes;
}

function none(unknown: object): void {
  const names = Object.keys(unknown);
  if (names.length > 0) throw new Error(`unknown members: ${names}`);
}
