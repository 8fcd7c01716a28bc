import { expect, test } from 'vitest';
import { DeadLetterSamples } from '../../src/receive/dead-letter-samples.ts';
import type { AppendRecord } from '../../src/stream/record.ts';
import type { RecordSink } from '../../src/stream/sink.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';

function setUp(append: (records: readonly AppendRecord[]) => void = () => {}) {
  const appended: AppendRecord[] = [];
  const sink: RecordSink = {
    partitions: () => 1,
    async append(records) {
      append(records);
      appended.push(...records);
      return [];
    },
    async close() {},
  };
  const metrics = new Metrics();
  const time = { now: 1_000 };
  return { appended, metrics, time, samples: new DeadLetterSamples(sink, () => time.now, metrics) };
}

const from = { provider: 'edge', input: 'access_logs', receivedAt: 99 } as const;
const bytes = (text: string) => new TextEncoder().encode(text);

test('a sample says why, whose and what, its first 512 bytes as text whatever they are', async () => {
  const { samples, appended } = setUp();
  const raw = new Uint8Array([0xff, 0x00, ...bytes('x'.repeat(600))]);
  samples.write([samples.take('bad_number', raw)!], from);
  await samples.pending;
  expect(appended).toHaveLength(1);
  expect(appended[0]).toMatchObject({ topic: 'dead-letters', partition: 0 });
  expect(JSON.parse(new TextDecoder().decode(appended[0]!.value!))).toEqual({
    reason: 'bad_number',
    sample: `\ufffd\u0000${'x'.repeat(510)}`,
    ...from,
  });
});

test('ten a second are kept, the next second has ten of its own, the rest are counted', async () => {
  const { samples, time, metrics } = setUp();
  const taken = () => Array.from({ length: 25 }, () => samples.take('too_long', bytes('x')));
  expect(taken().filter(Boolean)).toHaveLength(10);
  time.now += 999;
  expect(taken().filter(Boolean)).toHaveLength(0);
  time.now += 1;
  expect(taken().filter(Boolean)).toHaveLength(10);
  expect(metrics.exposition()).toContain(
    'meshpulse_dead_letter_samples_total{result="rate_limited"} 55',
  );
});

test('a stream that fails costs the samples, and only them', async () => {
  const { samples, metrics } = setUp(() => {
    throw new Error('down');
  });
  samples.write([samples.take('too_long', bytes('x'))!], from);
  await samples.pending;
  expect(samples.pending).toBeNull();
  expect(metrics.exposition()).toContain('{result="failed"} 1');
});
