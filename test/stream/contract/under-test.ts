import { onTestFinished } from 'vitest';
import type { RetentionByTopic } from '../../../src/stream/embedded/retention.ts';
import type { AppendRecord, StreamRecord, Topic } from '../../../src/stream/record.ts';
import type { RecordSink } from '../../../src/stream/sink.ts';
import type { RecordSource } from '../../../src/stream/source.ts';

export interface StreamOptions {
  clock?: () => number;
  maxWaitingBytes?: number;
  retention?: Partial<RetentionByTopic>;
}

export interface StreamUnderTest {
  sink: RecordSink;
  source: RecordSource;
  /** Applies retention now. */
  retain(): Promise<void>;
  /** Takes away what the stream left behind; it is closed then. */
  dispose(): Promise<void>;
}

export type StreamFactory = (options: StreamOptions) => Promise<StreamUnderTest>;

/** A new stream for this test only. */
export async function opened(
  factory: StreamFactory,
  options: StreamOptions = {},
): Promise<StreamUnderTest> {
  const stream = await factory(options);
  onTestFinished(async () => {
    await stream.sink.close();
    await stream.source.close();
    await stream.dispose();
  });
  return stream;
}

export function record(
  value: string | Uint8Array | null,
  more: Partial<Omit<AppendRecord, 'value'>> = {},
): AppendRecord {
  return {
    topic: 'requests',
    partition: 0,
    key: null,
    ...more,
    value: typeof value === 'string' ? new TextEncoder().encode(value) : value,
  };
}

export function text({ value }: StreamRecord): string | null {
  return value === null ? null : new TextDecoder().decode(value);
}

/** Everything a partition keeps, read in as many calls as it takes. */
export async function readAll(
  source: RecordSource,
  topic: Topic = 'requests',
  partition = 0,
  from = 0,
): Promise<StreamRecord[]> {
  const all: StreamRecord[] = [];
  for (let at = from; ; ) {
    const records = await source.read(topic, partition, at, 4096);
    if (records.length === 0) return all;
    all.push(...records);
    at = records.at(-1)!.offset + 1;
  }
}

export async function allTexts(source: RecordSource, topic?: Topic, partition?: number) {
  return (await readAll(source, topic, partition)).map(text);
}
