import { expect, onTestFinished, test, vi } from 'vitest';
import { startAggregate } from '../../src/aggregate/runner.ts';
import { encodeParts } from '../../src/packed/codec.ts';
import { StreamFull, StreamUnavailable } from '../../src/stream/errors.ts';
import { MemoryStream } from '../../src/stream/memory/memory-stream.ts';
import type { Topic } from '../../src/stream/record.ts';
import type { PartitionConsumer, Subscription } from '../../src/stream/source.ts';
import { manualTimers } from '../api/harness.ts';
import { recordingConsumer } from '../stream/recording-consumer.ts';
import { until } from '../stream/until.ts';
import { part, T0_MS } from './events.ts';
import { optionsOf } from './options.ts';

/** Sees what is folded and published, and can refuse to publish. */
class WatchedStream extends MemoryStream {
  folded = 0;
  readonly published: { outputs: number; next: number }[] = [];
  writable = true;

  override async subscribe(topic: Topic, group: string, consumer: PartitionConsumer) {
    const subscription = await super.subscribe(topic, group, {
      assigned: (...given) => consumer.assigned(...given),
      records: (partition, records, atEnd) => {
        const done = consumer.records(partition, records, atEnd);
        this.folded += records.length;
        return done;
      },
      revoked: (partition) => consumer.revoked(partition),
      failed: (error) => consumer.failed(error),
    });
    const watched: Subscription = {
      publish: async (partition, outputs, next) => {
        if (!this.writable) throw new StreamUnavailable('the disk is full');
        this.published.push({ outputs: outputs.length, next });
        await subscription.publish(partition, outputs, next);
      },
      holds: (partition) => subscription.holds(partition),
      lag: (partition) => subscription.lag(partition),
      stop: () => subscription.stop(),
    };
    return watched;
  }
}

test('a policy that finds too much waiting for the stream is appended as soon as there is room', async () => {
  let now = T0_MS;
  const stream = new WatchedStream({ clock: () => now });
  const full = vi.spyOn(stream, 'append').mockRejectedValueOnce(new StreamFull('too much waits'));
  const timers = manualTimers();
  const aggregate = await startAggregate({ ...optionsOf(stream, () => now), timers });
  onTestFinished(async () => {
    await aggregate.stop();
    await stream.close();
  });
  await until('it is refused', () => full.mock.calls.length === 1);
  now += 1_000;
  await timers.advance(1_000);
  await until('the policy published', () => stream.published.length === 1);
});

/** An aggregate that has published its policy's outputs and folded a request that makes none. */
async function running() {
  // In mid-second: what comes in the same second of event time has nothing to publish.
  let now = T0_MS + 500;
  const stream = new WatchedStream({ clock: () => now });
  const timers = manualTimers();
  const aggregate = await startAggregate({ ...optionsOf(stream, () => now), timers });
  onTestFinished(async () => {
    await aggregate.stop();
    await stream.close();
  });
  const foldedAll = async () => {
    const { end } = await stream.range('requests', 0);
    await until('everything folded', () => stream.folded === end);
    return end;
  };
  const append = async () => {
    const value = encodeParts([part([{ atMs: now }])]);
    await stream.append([{ topic: 'requests', partition: 0, key: null, value }]);
  };
  const request = async () => {
    await append();
    return await foldedAll();
  };
  const pass = async (ms: number) => {
    now += ms;
    await timers.advance(ms);
  };
  await until('the policy published', () => stream.published.length === 1);
  await request();
  stream.published.length = 0;
  /** Where a new reader of the group would begin. */
  const committed = async () => {
    const { consumer, seen } = recordingConsumer();
    const subscription = await stream.subscribe('requests', 'aggregate', consumer);
    await until('assigned', () => seen.calls.length > 0);
    await subscription.stop();
    return seen.calls[0];
  };
  return { aggregate, stream, append, request, pass, committed };
}

test('what had nothing to publish is committed with what comes next', async () => {
  const { stream, request, pass } = await running();
  const end = await request();
  expect(stream.published).toEqual([]);
  // A second of event time ends, and a tick says so.
  await pass(750);
  await until('outputs', () => stream.published.length > 0);
  const [first] = stream.published;
  expect(first?.outputs).toBeGreaterThan(0);
  expect(first?.next).toBe(end + 1);
});

test('what waits for a second is committed by itself, once', async () => {
  const { stream, request, pass } = await running();
  const end = await request();
  await pass(1_000);
  expect(stream.published).toContainEqual({ outputs: 0, next: end });
  const commits = () => stream.published.filter(({ outputs }) => outputs === 0).length;
  await pass(10_000);
  expect(commits()).toBe(1);
});

test('a clean stop leaves nothing to be folded again', async () => {
  const { aggregate, stream, request, committed } = await running();
  await request();
  const end = await request();
  expect(stream.published).toEqual([]);
  await aggregate.stop();
  expect(await committed()).toBe(`assigned 0 ${end}`);
});

test('nothing is committed beyond outputs that could not be published before the stop', async () => {
  const { aggregate, stream, append, request, pass, committed } = await running();
  await request();
  await pass(1_000);
  await until('a commit', () => stream.published.length > 0);
  const last = stream.published.at(-1)!.next;
  stream.writable = false;
  await pass(5_000);
  // The outputs of the tick that was due wait for the disk, and what comes after it waits for them.
  await until('the tick folded', () => stream.folded > last);
  await append();
  const stopped = aggregate.stop();
  stream.writable = true;
  await stopped;
  expect(await committed()).toBe(`assigned 0 ${last}`);
});
