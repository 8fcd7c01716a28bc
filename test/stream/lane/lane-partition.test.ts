import { expect, test } from 'vitest';
import {
  RecordTooLarge,
  StreamFull,
  StreamUnavailable,
  StreamUnusable,
} from '../../../src/stream/errors.ts';
import { encodeFrame, FrameUnreadable } from '../../../src/stream/lane/frame.ts';
import {
  LanePartition,
  type LanePartitionOptions,
} from '../../../src/stream/lane/lane-partition.ts';
import { Outbox } from '../../../src/stream/lane/outbox.ts';
import type { AppendRecord } from '../../../src/stream/record.ts';
import { noLog } from '../../../src/telemetry/log.ts';
import { until } from '../until.ts';
import { FakeLeader } from './fake-leader.ts';
import { TestSql } from './sql.ts';

const target = { topic: 'requests', partition: 0 } as const;
const record = (text: string): AppendRecord => ({
  ...target,
  key: null,
  value: new TextEncoder().encode(text),
});
const frame = (...texts: string[]) => encodeFrame(texts.map(record));

const PATIENT = { tryMs: 9_000, answerMs: 9_000, drainMs: 9_000 };
/** Soon: nothing here is slow but what a test holds. */
const IMPATIENT = { tryMs: 60, answerMs: 120, drainMs: 9_000 };

interface World {
  leader: FakeLeader;
  outbox: Outbox;
  partition: LanePartition;
  /** How often it was told that something waits. */
  spilled(): number;
}

function world(
  options: Partial<LanePartitionOptions> = {},
  { leader = new FakeLeader(), sql = new TestSql(), isSpilling = false } = {},
): World {
  let spilled = 0;
  const outbox = options.outbox ?? new Outbox(sql, 1_000_000);
  const partition = new LanePartition(
    {
      target,
      name: 'a',
      cluster: leader.cluster,
      reach: async () => {},
      instead: () => null,
      spilled: () => spilled++,
      log: noLog,
      patience: IMPATIENT,
      ...options,
      outbox,
    },
    isSpilling,
  );
  return { leader, outbox, partition, spilled: () => spilled };
}

function held(): { promise: Promise<void>; release: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { promise, release: resolve };
}

test('what comes while something is under way goes together, after it, under the number that follows', async () => {
  const { leader, partition } = world({ patience: PATIENT });
  const first = held();
  leader.fates.push({ when: first.promise });
  const adding = ['a', 'b', 'c'].map((name) => partition.add(frame(name)));
  first.release();
  expect(await Promise.all(adding)).toEqual(['brokers', 'brokers', 'brokers']);
  expect(leader.sent).toEqual([
    { producerId: 1, sequence: 0, values: ['a'] },
    { producerId: 1, sequence: 1, values: ['b', 'c'] },
  ]);
});

test('what fails for now is tried again under its number', async () => {
  const { leader, partition, outbox } = world({ patience: PATIENT });
  leader.fates.push({ lost: true });
  expect(await partition.add(frame('a'))).toBe('brokers');
  expect(leader.sent.map(({ sequence }) => sequence)).toEqual([0, 0]);
  expect(leader.log).toEqual(['a']);
  expect(outbox.bytes).toBe(0);
});

test('without an answer in time it is kept, with all that comes after it, and drained in that order', async () => {
  const { leader, partition, outbox, spilled } = world();
  leader.isDown = true;
  const adding = ['a', 'b', 'c'].map((name) => partition.add(frame(name)));
  expect(await Promise.all(adding)).toEqual(['outbox', 'outbox', 'outbox']);
  expect(spilled()).toBe(1);
  expect(await partition.drain()).toBe(false);
  expect(await partition.add(frame('d'))).toBe('outbox');
  leader.isDown = false;
  expect(await partition.drain()).toBe(true);
  expect(await partition.add(frame('e'))).toBe('brokers');
  expect(leader.log).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect(outbox.bytes).toBe(0);
});

test('what comes in one turn while others wait is kept in one transaction', async () => {
  const sql = new TestSql();
  const { leader, partition } = world({}, { sql });
  leader.isDown = true;
  await partition.add(frame('a'));
  // Everything until the next await is one, as in a Durable Object.
  let transactions = 0;
  let isOpen = false;
  sql.written = () => {
    if (!isOpen) transactions++;
    isOpen = true;
    queueMicrotask(() => {
      isOpen = false;
    });
  };
  const batch = Array.from({ length: 50 }, (_, at) => partition.add(frame(`${at}`)));
  await Promise.all(batch);
  expect(transactions).toBe(1);
  leader.isDown = false;
  expect(await partition.drain()).toBe(true);
  expect(leader.log).toEqual(['a', ...batch.map((_, at) => `${at}`)]);
});

test('a batch in doubt is sent again as it was, so that it is written once', async () => {
  const { leader, partition } = world();
  const answer = held();
  await partition.add(frame('a'));
  leader.fates.push({ when: answer.promise });
  const doubtful = partition.add(frame('b', 'c'));
  await until('it is sent', () => leader.sent.length === 2);
  const after = partition.add(frame('d'));
  expect(await Promise.all([doubtful, after])).toEqual(['outbox', 'outbox']);
  const draining = partition.drain();
  answer.release();
  expect(await draining).toBe(true);
  expect(leader.sent.slice(1)).toEqual([
    { producerId: 1, sequence: 1, values: ['b', 'c'] },
    { producerId: 1, sequence: 1, values: ['b', 'c'] },
    { producerId: 1, sequence: 3, values: ['d'] },
  ]);
  expect(leader.log).toEqual(['a', 'b', 'c', 'd']);
});

test('nothing is sent while it is not known how the last send ended', async () => {
  const { leader, partition } = world();
  const answer = held();
  leader.fates.push({ when: answer.promise });
  await partition.add(frame('a'));
  let isDrained = false;
  const draining = partition.drain().then(() => {
    isDrained = true;
  });
  await partition.add(frame('b'));
  expect([leader.sent.length, isDrained]).toEqual([1, false]);
  answer.release();
  await draining;
  expect(leader.log).toEqual(['a', 'b']);
});

test('what was given up before it had a number is not sent behind the back of what is kept', async () => {
  const leader = new FakeLeader();
  const ids = held();
  leader.ids = ids.promise;
  const { partition } = world({}, { leader });
  expect(await partition.add(frame('a'))).toBe('outbox');
  ids.release();
  expect(await partition.drain()).toBe(true);
  expect(leader.sent.map(({ values }) => values)).toEqual([['a']]);
});

test('the next life sends a batch in doubt under the number of the last one', async () => {
  const leader = new FakeLeader();
  const sql = new TestSql();
  const before = world({}, { leader, sql });
  await before.partition.add(frame('a'));
  leader.fates.push(...Array.from({ length: 9 }, () => ({ lost: true }) as const));
  expect(await before.partition.add(frame('b', 'c'))).toBe('outbox');
  expect(leader.log).toEqual(['a', 'b', 'c']);
  leader.fates.length = 0;
  const after = world({}, { leader, sql, isSpilling: true });
  expect(await after.partition.add(frame('d'))).toBe('outbox');
  expect(await after.partition.drain()).toBe(true);
  expect(await after.partition.add(frame('e'))).toBe('brokers');
  expect(leader.log).toEqual(['a', 'b', 'c', 'd', 'e']);
});

test('what waits gets a new number when brokers have forgotten its producer', async () => {
  const leader = new FakeLeader();
  const { partition } = world({}, { leader });
  await partition.add(frame('a'));
  leader.isDown = true;
  await partition.add(frame('b'));
  leader.isDown = false;
  leader.forgetProducers();
  expect(await partition.drain()).toBe(true);
  expect(leader.log).toEqual(['a', 'b']);
  expect(leader.sent.at(-1)).toMatchObject({ producerId: 2, sequence: 0 });
});

test('a leader that is none any more is looked for again, also for what waits', async () => {
  const { leader, partition } = world();
  leader.isDown = true;
  await partition.add(frame('a'));
  leader.isDown = false;
  leader.fates.push({ refused: 'NOT_LEADER_FOR_PARTITION' });
  expect(await partition.drain()).toBe(true);
  expect(leader.log).toEqual(['a']);
});

test('one that is too large is refused alone, and the others keep their order', async () => {
  const { leader, partition, outbox } = world();
  leader.maxBytes = 4;
  const first = held();
  leader.fates.push({ when: first.promise });
  const adding = ['a', 'bb', 'ccccc', 'dd'].map((name) => partition.add(frame(name)));
  first.release();
  const results = await Promise.allSettled(adding);
  expect(results.map(({ status }) => status)).toEqual([
    'fulfilled',
    'fulfilled',
    'rejected',
    'fulfilled',
  ]);
  expect(results[2]).toMatchObject({ reason: expect.any(RecordTooLarge) });
  expect(leader.log).toEqual(['a', 'bb', 'dd']);
  expect(outbox.bytes).toBe(0);
});

test('when the brokers go while a batch is sent in pieces, its rest is kept before what came after it', async () => {
  const { leader, partition } = world();
  leader.maxBytes = 4;
  const first = held();
  const second = held();
  // What is sent first, the batch that is too large, its first frame, and then nothing.
  leader.fates.push({ when: first.promise }, null, { when: second.promise });
  leader.fates.push(...Array.from({ length: 9 }, () => ({ refused: 'LEADER_NOT_AVAILABLE' })));
  const adding = ['a', 'bbb', 'ccc', 'ddd'].map((name) => partition.add(frame(name)));
  first.release();
  await adding[0];
  adding.push(partition.add(frame('e')));
  second.release();
  expect(await Promise.all(adding)).toEqual(['brokers', 'brokers', 'outbox', 'outbox', 'outbox']);
  leader.fates.length = 0;
  expect(await partition.drain()).toBe(true);
  expect(leader.log).toEqual(['a', 'bbb', 'ccc', 'ddd', 'e']);
});

test('an acknowledged record that brokers will never take is replaced, and blocks nothing', async () => {
  const { leader, partition, outbox } = world({
    instead: ({ value }) => (String(Buffer.from(value!)) === 'wwww' ? null : record('~')),
  });
  leader.isDown = true;
  for (const names of [['a', 'vvvv'], ['b'], ['wwww'], ['c']]) {
    expect(await partition.add(frame(...names))).toBe('outbox');
  }
  leader.isDown = false;
  leader.maxBytes = 3;
  expect(await partition.drain()).toBe(true);
  expect(leader.log).toEqual(['a', '~', 'b', 'c']);
  expect(outbox.bytes).toBe(0);
});

test('a replacement that is too large itself blocks nothing either', async () => {
  const { leader, partition } = world({ instead: () => record('~~~~~') });
  leader.isDown = true;
  await partition.add(frame('vvvv'));
  await partition.add(frame('b'));
  leader.isDown = false;
  leader.maxBytes = 3;
  expect(await partition.drain()).toBe(true);
  expect(leader.log).toEqual(['b']);
});

test('what has no room in the outbox is refused, in doubt only where it was sent', async () => {
  const { leader, partition, spilled } = world({ outbox: new Outbox(new TestSql(), 40) });
  leader.isDown = true;
  const small = partition.add(frame('a'));
  const long = partition.add(frame('b'.repeat(40)));
  expect(await small).toBe('outbox');
  await expect(long).rejects.toThrow(StreamFull);
  expect(spilled()).toBe(1);
  await expect(partition.add(frame('c'.repeat(40)))).rejects.toThrow(StreamFull);
  leader.isDown = false;
  expect(await partition.drain()).toBe(true);
  expect(await partition.add(frame('d'))).toBe('brokers');
});

test('a partition of which nothing could be kept asks for no draining, and sends again', async () => {
  const { leader, partition, spilled } = world({ outbox: new Outbox(new TestSql(), 10) });
  await partition.add(frame('a'));
  leader.fates.push(...Array.from({ length: 9 }, () => ({ lost: true }) as const));
  const refused = partition.add(frame('b'));
  await expect(refused).rejects.toThrow(StreamUnavailable);
  await expect(refused).rejects.toMatchObject({ inDoubt: true });
  expect(spilled()).toBe(0);
  leader.fates.length = 0;
  expect(await partition.add(frame('c'))).toBe('brokers');
});

test('a disk that takes nothing is told to who waits, and the partition goes on', async () => {
  const sql = new TestSql();
  const { leader, partition } = world({}, { sql });
  leader.isDown = true;
  sql.rowsLeft = 0;
  await expect(partition.add(frame('a'))).rejects.toThrow('disk is full');
  leader.isDown = false;
  expect(await partition.add(frame('b'))).toBe('brokers');
});

test('a Kafka with another number of partitions takes nothing, at once, and nothing is kept for it', async () => {
  const { leader, partition, outbox } = world({
    patience: PATIENT,
    reach: async () => {
      throw new StreamUnusable('a.requests has 8 partitions');
    },
  });
  const refused = partition.add(frame('a'));
  await expect(refused).rejects.toThrow('has 8 partitions');
  await expect(refused).rejects.toMatchObject({ name: 'StreamUnavailable', inDoubt: false });
  expect([leader.sent.length, outbox.bytes]).toEqual([0, 0]);
});

test('a frame that nobody can read is refused before it is acknowledged, and its neighbours are taken', async () => {
  const { leader, partition, outbox } = world();
  const whole = frame('a', 'b');
  const later = frame('c').with(0, 9);
  const damaged = [whole.subarray(0, whole.length - 1), later, new Uint8Array()];
  const adding = [frame('d'), ...damaged, frame('e')].map((each) => partition.add(each));
  const results = await Promise.allSettled(adding);
  const refused = { status: 'rejected', reason: expect.any(FrameUnreadable) };
  const taken = { status: 'fulfilled', value: 'brokers' };
  expect(results).toEqual([taken, refused, refused, refused, taken]);
  expect(leader.log).toEqual(['d', 'e']);
  expect(outbox.bytes).toBe(0);
});

test('what waits and cannot be read is told of and blocks nothing', async () => {
  const outbox = new Outbox(new TestSql(), 1_000_000);
  const headers = encodeFrame([{ ...record('b'), headers: {} }]);
  const noJson = headers.with(headers.indexOf('{'.charCodeAt(0)), 0x7d);
  for (const waits of [frame('a'), noJson, frame('c')]) outbox.put(target, waits);
  const lost: unknown[] = [];
  const log = {
    ...noLog,
    error: (event: string, facts?: object) => lost.push({ event, ...facts }),
  };
  const { leader, partition } = world({ outbox, log }, { isSpilling: true });
  expect(await partition.drain()).toBe(true);
  expect(leader.log).toEqual(['a', 'c']);
  expect(outbox.bytes).toBe(0);
  expect(lost).toEqual([{ event: 'record_lost', ...target, bytes: noJson.byteLength }]);
  outbox.put(target, noJson);
  expect(await partition.drain()).toBe(true);
  expect([outbox.bytes, lost.length, leader.sent.length]).toEqual([0, 2, 1]);
});

test('a drain that takes too long ends after a batch, in order, and the next one goes on', async () => {
  const outbox = new Outbox(new TestSql(), 10_000_000);
  const long = ['a', 'b', 'c'].map((letter) => letter.repeat(700_000));
  for (const text of long) outbox.put(target, frame(text));
  const patience = { ...PATIENT, drainMs: 0 };
  const { leader, partition } = world({ outbox, patience }, { isSpilling: true });
  expect([await partition.drain(), leader.log.length]).toEqual([false, 1]);
  expect(await partition.add(frame('d'))).toBe('outbox');
  expect([await partition.drain(), leader.log.length]).toEqual([false, 2]);
  expect(await partition.drain()).toBe(true);
  expect(leader.log).toEqual([...long, 'd']);
  expect(await partition.add(frame('e'))).toBe('brokers');
});

test('a disk that keeps a batch in doubt and not its number: all of it is drained, with what came after it', async () => {
  const sql = new TestSql();
  const { leader, partition, outbox, spilled } = world({}, { sql });
  await partition.add(frame('a'));
  leader.isDown = true;
  sql.numbersFail = true;
  expect(await partition.add(frame('b'))).toBe('outbox');
  expect(spilled()).toBe(1);
  leader.isDown = false;
  sql.numbersFail = false;
  expect(await partition.add(frame('c'))).toBe('outbox');
  expect(await partition.drain()).toBe(true);
  expect(leader.log).toEqual(['a', 'b', 'c']);
  expect(leader.sent.at(-1)).toMatchObject({ producerId: 2, sequence: 0 });
  expect(outbox.bytes).toBe(0);
});

test('with no room in the outbox, too, nothing is sent while it is not known how the last send ended', async () => {
  const { leader, partition } = world({ outbox: new Outbox(new TestSql(), 10) });
  const answer = held();
  leader.fates.push({ when: answer.promise });
  await expect(partition.add(frame('a'))).rejects.toMatchObject({ inDoubt: true });
  await expect(partition.add(frame('b'))).rejects.toThrow(StreamFull);
  expect(leader.sent).toHaveLength(1);
  const next = partition.add(frame('c'));
  answer.release();
  expect(await next).toBe('brokers');
  expect(leader.log).toEqual(['a', 'c']);
});
