import { expect, test } from 'vitest';
import { keyOf, linkOf } from '../../src/aggregate/changes/chain.ts';
import { PartitionRunner } from '../../src/aggregate/partition-runner.ts';
import { decodeDeadLetter } from '../../src/model/dead-letter.ts';
import { encodeParts } from '../../src/packed/codec.ts';
import { MemoryStream } from '../../src/stream/memory/memory-stream.ts';
import type { AppendRecord, StreamRecord, Topic } from '../../src/stream/record.ts';
import { type LogFacts, noLog } from '../../src/telemetry/log.ts';
import { Random } from '../random.ts';
import { part, T0_MS } from './events.ts';
import { optionsOf } from './options.ts';

/** A stream whose changes can be spoiled on their way out, and whose first requests can be gone. */
class SpoiledStream extends MemoryStream {
  /** `read` counts how often the record was read before. */
  spoil: (record: StreamRecord, read: number) => StreamRecord | null = (record) => record;
  firstRequest = 0;
  checkpoints = true;
  readonly #reads = new Map<number, number>();

  override async read(topic: Topic, partition: number, from: number): Promise<StreamRecord[]> {
    if (topic === 'requests')
      return super.read(topic, partition, Math.max(from, this.firstRequest));
    const records = await super.read(topic, partition, from);
    if (topic === 'checkpoints' && !this.checkpoints) return [];
    if (topic !== 'changes') return records;
    return records.flatMap((record) => {
      const reads = this.#reads.get(record.offset) ?? 0;
      this.#reads.set(record.offset, reads + 1);
      return this.spoil(record, reads) ?? [];
    });
  }

  override async latest(topic: Topic): Promise<StreamRecord[]> {
    return topic === 'checkpoints' && !this.checkpoints ? [] : super.latest(topic);
  }

  override async range(topic: Topic, partition: number): Promise<{ first: number; end: number }> {
    const range = await super.range(topic, partition);
    return topic === 'requests' ? { ...range, first: this.firstRequest } : range;
  }
}

/** Ten minutes of traffic, folded and published; and how a runner that starts then recovers. */
async function folded() {
  let now = T0_MS;
  const logged: Record<string, LogFacts | undefined> = {};
  const stream = new SpoiledStream({ clock: () => now });
  const options = optionsOf(stream, () => now);
  options.log = {
    ...noLog,
    info: (name, facts) => {
      logged[name] = facts;
    },
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
  return { stream, options, runner, append, next, recovered, logged };
}

/** Two links share their offsets out otherwise than they do: by its keys the chain is whole. */
function misnamed(record: StreamRecord): StreamRecord {
  const { from, to, offset } = linkOf(record.key, record.offset)!;
  if (offset === 40) return { ...record, key: keyOf({ from, to: to - 1 }) };
  return offset === 41 ? { ...record, key: keyOf({ from: from - 1, to }) } : record;
}

const SPOILED: [string, SpoiledStream['spoil'], read: 'changes' | 'records'][] = [
  ['whole', (record) => record, 'changes'],
  ['gone', () => null, 'records'],
  ['damaged', (record) => ({ ...record, value: record.value!.subarray(1) }), 'records'],
  ['of another version', (record) => ({ ...record, key: `9${record.key}` }), 'records'],
  ['missing in one place', (record) => (record.offset === 40 ? null : record), 'records'],
  ['taken by retention meanwhile', (record, read) => (read > 0 ? null : record), 'records'],
  ['under keys that are not theirs', misnamed, 'records'],
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

test('a runner starts where retention has passed what it committed, and says that there is a gap', async () => {
  const { stream, options } = await folded();
  const { end } = await stream.range('requests', 0);
  stream.firstRequest = end - 20;
  const again = new PartitionRunner(0, options);
  expect(await again.recover(end - 100)).toBe(end - 20);
});

test('a batch in which nothing could be read breaks no chain', async () => {
  const { stream, runner, append, recovered, logged } = await folded();
  const { end } = await stream.range('requests', 0);
  await append();
  const value = new Uint8Array([255]);
  await stream.append([{ topic: 'requests', partition: 0, key: null, value }]);
  const [good, bad] = await stream.read('requests', 0, end);
  // A checkpoint is due with each.
  for (const [record, later] of [[good!, 60_000] as const, [bad!, 120_000] as const]) {
    await stream.append(runner.fold([{ ...record, time: record.time + later }], true));
  }
  await recovered();
  expect(logged.checkpoint_restored).toHaveProperty('changes');
});

test('folding much without a checkpoint, it notes changes in many records, each small enough', async () => {
  const { stream, options, recovered, logged } = await folded();
  const facts = Array.from({ length: 5_000 }, (_, i) => ({
    atMs: options.clock(),
    source: `caller-${i % 100}`,
    destination: `made-up-${i}`,
  }));
  for (let body = 0; body < 130; body++) {
    const renewed = facts.map((one, i) => ({ ...one, fingerprint: BigInt(5_000 * body + i + 1) }));
    const value = encodeParts([part(renewed)]);
    await stream.append([{ topic: 'requests', partition: 0, key: null, value }]);
  }
  options.bounds = { maxServices: 10, maxDependencies: 10, maxRemembered: 1_000_000 };
  const before = await stream.range('changes', 0);
  // As after an upgrade: no checkpoint is of use.
  stream.checkpoints = false;
  await recovered();
  const after = await stream.range('changes', 0);
  expect(after.end - before.end).toBeGreaterThan(1);
  const written = await stream.read('changes', 0, before.end);
  for (const { value } of written) expect(value!.length).toBeLessThan(6e6);
  expect(logged.checkpoint_restored).toBeUndefined();
});

test('a record that cannot be decoded becomes a dead letter, and its neighbours count', async () => {
  const stream = new MemoryStream({ clock: () => T0_MS });
  const options = optionsOf(stream, () => T0_MS);
  const runner = new PartitionRunner(0, options);
  await runner.recover(null);
  const good = encodeParts([part([{ atMs: T0_MS, destination: 'reviews' }])]);
  const values = [
    good,
    new TextEncoder().encode('somebody else was here'),
    good.slice(0, -1),
    null,
  ];
  await stream.append(
    values.map((value) => ({ topic: 'requests', partition: 0, key: null, value })),
  );
  const outputs = runner.fold(await stream.read('requests', 0, 0), true);
  const letters = outputs.filter(({ topic }) => topic === 'dead-letters');
  expect(letters.map(({ value }) => decodeDeadLetter(value))).toMatchObject([
    { reason: 'undecodable_record', provider: '@stream', sample: 'somebody else was here' },
    { reason: 'undecodable_record', input: 'requests', receivedAt: T0_MS },
    { reason: 'undecodable_record', sample: '' },
  ]);
  expect(options.metrics.exposition()).toContain('meshpulse_stream_records_undecodable_total 3');
});
