import { expect, onTestFinished, test } from 'vitest';
import { EmbeddedStream } from '../../../src/stream/embedded/embedded-stream.ts';
import { MAX_READ_TRIES } from '../../../src/stream/embedded/read-retry.ts';
import { retentionOf } from '../../../src/stream/embedded/retention.ts';
import { StreamUnavailable, StreamUnusable } from '../../../src/stream/errors.ts';
import { MemoryStore } from '../../../src/stream/memory/memory-store.ts';
import type { Topic } from '../../../src/stream/record.ts';
import { type LogFacts, noLog } from '../../../src/telemetry/log.ts';
import { record, text } from '../contract/under-test.ts';
import { recordingConsumer } from '../recording-consumer.ts';
import { until } from '../until.ts';

/** Throws what `failing` makes of a call, while it makes something of it. */
class FlakyStore extends MemoryStore {
  failing: ((call: 'range' | 'read') => Error | null) | null = null;

  override range(topic: Topic, partition: number) {
    this.#meet('range');
    return super.range(topic, partition);
  }

  override read(topic: Topic, partition: number, from: number, maxBytes: number) {
    this.#meet('read');
    return super.read(topic, partition, from, maxBytes);
  }

  #meet(call: 'range' | 'read') {
    const error = this.failing?.(call);
    if (error) throw error;
  }
}

const unreadable = () => new StreamUnavailable('stream.db cannot be read: disk I/O error');

function world() {
  const store = new FlakyStore(1, () => 1_700_000_000_000, retentionOf(undefined));
  const pauses: number[] = [];
  const logged: [string, LogFacts | undefined][] = [];
  const keep = (event: string, facts?: LogFacts) => void logged.push([event, facts]);
  let held: Promise<void> | null = null;
  const stream = new EmbeddedStream(store, {
    hold: null,
    maxWaitingBytes: 1e6,
    schedule: (flush) => queueMicrotask(flush),
    pause: () => new Promise((resolve) => setTimeout(resolve, 0)),
    sleep: async (ms, stopping) => {
      pauses.push(ms);
      const aborted = new Promise<void>((resolve) => {
        stopping.addEventListener('abort', () => resolve());
      });
      await Promise.race([held, aborted]);
    },
    log: { ...noLog, error: keep, info: keep },
  });
  onTestFinished(() => {
    store.failing = null;
    return stream.close();
  });
  return {
    store,
    stream,
    pauses,
    logged,
    hold: () => {
      held = new Promise(() => {});
    },
  };
}

test('reading that fails for now goes on where it was, saying so once when it fails and once when it works', async () => {
  const { store, stream, pauses, logged } = world();
  const { consumer, seen } = recordingConsumer();
  await stream.subscribe('requests', 'aggregate', consumer);
  await stream.append([record('a')]);
  await until('the first', () => seen.records.length === 1);
  let left = 8;
  store.failing = (call) => (call === 'read' && left-- > 0 ? unreadable() : null);
  await stream.append([record('b'), record('c')]);
  await until('the others', () => seen.records.length === 3);
  expect(seen.records.map(text)).toEqual(['a', 'b', 'c']);
  expect(pauses).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000]);
  expect(seen.errors).toEqual([]);
  expect(logged).toEqual([
    ['stream.read_failed', { topic: 'requests', error: unreadable().message }],
    ['stream.read_recovered', { topic: 'requests', failures: 8 }],
  ]);
});

test('a look for more that fails for now misses nothing that is appended meanwhile', async () => {
  const { store, stream } = world();
  const told: string[] = [];
  const following = await stream.follow('state', 'start', (records) => {
    told.push(...records.map((each) => text(each)!));
  });
  let left = 3;
  store.failing = (call) => (call === 'range' && left-- > 0 ? unreadable() : null);
  await stream.append([record('a', { topic: 'state', key: 'k' })]);
  await stream.append([record('b', { topic: 'state', key: 'k' })]);
  await until('both', () => told.length === 2);
  await following.caughtUp();
  expect(told).toEqual(['a', 'b']);
});

test('what is appended while it looks whether there is more is not slept over', async () => {
  const { store, stream } = world();
  const { consumer, seen } = recordingConsumer();
  await stream.subscribe('requests', 'aggregate', consumer);
  await stream.append([record('a')]);
  let appended = false;
  store.failing = (call) => {
    if (call === 'range' && seen.records.length === 1 && !appended) {
      appended = true;
      void stream.append([record('b')]);
    }
    return null;
  };
  await until('both', () => seen.records.length === 2);
});

test('reading that does not come back fails for good, and does not try for ever', async () => {
  const { store, stream, pauses } = world();
  const failed: unknown[] = [];
  const following = await stream.follow(
    'state',
    'start',
    () => {},
    (error) => failed.push(error),
  );
  store.failing = (call) => (call === 'read' ? unreadable() : null);
  await stream.append([record('a', { topic: 'state', key: 'k' })]);
  await until('failed', () => failed.length > 0);
  expect(failed[0]).toBeInstanceOf(StreamUnavailable);
  expect(pauses).toHaveLength(MAX_READ_TRIES - 1);
  await expect(following.caughtUp()).rejects.toThrow(StreamUnavailable);
});

test('a damaged stream, and a consumer that cannot write, are not tried again', async () => {
  const { store, stream, pauses } = world();
  const writing = recordingConsumer({
    records: () => {
      throw new StreamUnavailable('cannot be written');
    },
  });
  await stream.subscribe('requests', 'aggregate', writing.consumer);
  const reading = recordingConsumer();
  await stream.subscribe('alerts', 'notify', reading.consumer);
  await until('assigned', () => reading.seen.calls.length > 0);
  await stream.append([record('a')]);
  await until('failed', () => writing.seen.errors.length > 0);
  expect(writing.seen.calls.filter((call) => call.startsWith('records'))).toHaveLength(1);

  store.failing = (call) => (call === 'read' ? new StreamUnusable('damaged') : null);
  await stream.append([record('a', { topic: 'alerts', key: 'k' })]);
  await until('failed', () => reading.seen.errors.length > 0);
  expect(reading.seen.errors[0]).toBeInstanceOf(StreamUnusable);
  expect(pauses).toEqual([]);
});

test('stopping does not wait for the next try', async () => {
  const { store, stream, pauses, hold } = world();
  const { consumer, seen } = recordingConsumer();
  const subscription = await stream.subscribe('requests', 'aggregate', consumer);
  await until('assigned', () => seen.calls.length > 0);
  hold();
  store.failing = (call) => (call === 'read' ? unreadable() : null);
  await stream.append([record('a')]);
  await until('a pause', () => pauses.length > 0);
  await subscription.stop();
  expect(seen.calls).toEqual(['assigned 0 null', 'revoked 0']);
});
