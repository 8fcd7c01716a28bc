import { expect, test } from 'vitest';
import { LateSink, openSink } from '../../functions/sink.ts';
import { StreamUnavailable, StreamUnusable } from '../../src/stream/errors.ts';
import { MemoryStream } from '../../src/stream/memory/memory-stream.ts';
import type { AppendRecord } from '../../src/stream/record.ts';
import { noLog } from '../../src/telemetry/log.ts';

const RECORD: AppendRecord = {
  topic: 'requests',
  partition: 3,
  key: null,
  value: Uint8Array.of(1),
};

function lateSink(partitions: number, failures: Error[] = []) {
  const stream = new MemoryStream({ clock: () => 0, partitions: 4 });
  let openings = 0;
  const sink = new LateSink(partitions, async () => {
    openings++;
    const failure = failures.shift();
    if (failure !== undefined) throw failure;
    return stream;
  });
  const end = async () => (await stream.range('requests', 3)).end;
  return { stream, sink, end, openings: () => openings };
}

test('nothing is opened to know how many partitions there are', () => {
  const { sink, openings } = lateSink(4);
  expect([sink.partitions('requests'), sink.partitions('dead-letters')]).toEqual([4, 1]);
  expect(openings()).toBe(0);
});

test('it is opened once, however many need it at once', async () => {
  const { sink, end, openings } = lateSink(4);
  await Promise.all([sink.append([RECORD]), sink.append([RECORD])]);
  await sink.append([RECORD]);
  expect([openings(), await end()]).toEqual([1, 3]);
});

test('an opening that failed is told as unavailable and forgotten', async () => {
  const { sink, end, openings } = lateSink(4, [new StreamUnusable('kafka:9092 cannot be used')]);
  const failed = await Promise.allSettled([sink.append([RECORD]), sink.append([RECORD])]);
  for (const result of failed) {
    const { reason } = result as PromiseRejectedResult;
    expect(reason).toBeInstanceOf(StreamUnavailable);
    expect(reason.message).toBe('kafka:9092 cannot be used');
  }
  await sink.append([RECORD]);
  expect([openings(), await end()]).toEqual([2, 1]);
});

test('a stream with another number of partitions takes nothing and is closed', async () => {
  const { stream, sink, end } = lateSink(16);
  await expect(sink.append([RECORD])).rejects.toThrow(
    'the stream has 4 partitions, MESHPULSE_KAFKA_PARTITIONS says 16',
  );
  await expect(end()).rejects.toThrow('closed');
  await expect(stream.append([RECORD])).rejects.toThrow('closed');
});

test.each([
  ['MESHPULSE_SINK', { MESHPULSE_SINK: 'kafak' }],
  ['MESHPULSE_KAFKA_BROKERS', {}],
  ['MESHPULSE_KAFKA_BROKERS', { MESHPULSE_SINK: 'kafka' }],
  ['MESHPULSE_KAFKA_REST_URL', { MESHPULSE_SINK: 'kafka-rest' }],
])('a sink that cannot be is a wrong setting: %s of %j', (name, env) => {
  expect(() => openSink(env, noLog)).toThrow(name);
});
