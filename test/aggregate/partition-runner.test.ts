import { expect, test } from 'vitest';
import { DEFAULT_BOUNDS } from '../../src/aggregate/directory.ts';
import type { AggregateOptions } from '../../src/aggregate/options.ts';
import { PartitionRunner } from '../../src/aggregate/partition-runner.ts';
import { DEFAULT_POLICY } from '../../src/model/policy.ts';
import { encodeParts } from '../../src/packed/codec.ts';
import { MemoryStream } from '../../src/stream/memory/memory-stream.ts';
import type { AppendRecord, StreamRecord, Topic } from '../../src/stream/record.ts';
import { type LogFacts, noLog } from '../../src/telemetry/log.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';
import { manualTimers } from '../api/harness.ts';
import { Random } from '../random.ts';
import { part, T0_MS } from './events.ts';

/** A stream whose records of one topic can be spoiled on their way out. */
class SpoiledStream extends MemoryStream {
  spoil: (record: StreamRecord) => StreamRecord | null = (record) => record;

  override async read(topic: Topic, partition: number, from: number): Promise<StreamRecord[]> {
    const records = await super.read(topic, partition, from);
    return topic === 'changes' ? records.flatMap((record) => this.spoil(record) ?? []) : records;
  }
}

/** Ten minutes of traffic, folded and published; and how a runner that starts then recovers. */
async function folded() {
  let now = T0_MS;
  const logged: Record<string, LogFacts | undefined> = {};
  const stream = new SpoiledStream({ clock: () => now });
  const options: AggregateOptions = {
    source: stream,
    sink: stream,
    policy: DEFAULT_POLICY,
    bounds: DEFAULT_BOUNDS,
    random: () => 0.5,
    clock: () => now,
    timers: manualTimers(),
    metrics: new Metrics(),
    log: {
      ...noLog,
      info: (name, facts) => {
        logged[name] = facts;
      },
    },
    onFailed: () => undefined,
  };
  const random = new Random(1);
  const runner = new PartitionRunner(0, options);
  await runner.recover(null);
  const append = async () => {
    const facts = Array.from({ length: 20 }, () => ({
      atMs: now - random.integer(4_000),
      destination: random.pick(['reviews', 'ratings']),
      fingerprint: BigInt(1 + random.integer(1e9)),
    }));
    const value = encodeParts([part(facts)]);
    await stream.append([{ topic: 'requests', partition: 0, key: null, value }]);
    now += 1_000;
  };
  /** The next second of traffic, folded by a runner. */
  const next = async (by: PartitionRunner): Promise<AppendRecord[]> => {
    const { end } = await stream.range('requests', 0);
    await append();
    return by.fold(await stream.read('requests', 0, end), true);
  };
  for (let second = 0; second < 600; second++) await stream.append(await next(runner));
  const recovered = async () => {
    const { end } = await stream.range('requests', 0);
    const again = new PartitionRunner(0, options);
    await again.recover(end);
    return again;
  };
  return { stream, runner, next, recovered, logged };
}

const SPOILED: [string, SpoiledStream['spoil'], read: 'changes' | 'records'][] = [
  ['whole', (record) => record, 'changes'],
  ['gone', () => null, 'records'],
  ['damaged', (record) => ({ ...record, value: record.value!.subarray(1) }), 'records'],
  ['of another version', (record) => ({ ...record, key: `9${record.key}` }), 'records'],
  ['missing in one place', (record) => (record.offset === 40 ? null : record), 'records'],
];

test.each(SPOILED)(
  'a runner goes on as before when the changes it wrote are %s',
  async (_, spoil, read) => {
    const { stream, runner, next, recovered, logged } = await folded();
    stream.spoil = spoil;
    const again = await recovered();
    expect(logged.checkpoint_restored).toHaveProperty(read);
    // Folded by the one that never stopped, then once more by the one that did.
    const { end } = await stream.range('requests', 0);
    const expected = await next(runner);
    const outputs = again.fold(await stream.read('requests', 0, end), true);
    const lasting = (records: AppendRecord[]) => {
      return records.filter(({ topic }) => topic !== 'checkpoints' && topic !== 'changes');
    };
    expect(lasting(expected).length).toBeGreaterThan(1);
    expect(lasting(outputs)).toEqual(lasting(expected));
  },
);
