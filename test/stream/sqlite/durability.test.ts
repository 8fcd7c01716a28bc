import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { allTexts, readAll, record, text } from '../contract/under-test.ts';
import { recordingConsumer } from '../recording-consumer.ts';
import { until } from '../until.ts';
import { child } from './child.ts';
import { newFolder, openIn } from './folder.ts';

test('another connection sees a record as soon as its append has resolved, and not before', async () => {
  const folder = await newFolder();
  const stream = await openIn(folder);
  const other = new DatabaseSync(join(folder, 'stream.db'), { readOnly: true });
  const count = other.prepare('SELECT count(*) AS records FROM records_requests');
  const appending = stream.append([record('a'), record('b')]);
  await Promise.resolve();
  expect(count.get()).toEqual({ records: 0 });
  await appending;
  expect(count.get()).toEqual({ records: 2 });
  other.close();
});

test('a record is there after its process was killed in the turn its append resolved', async () => {
  const folder = await newFolder();
  expect(await child('append-and-die.ts', folder).ended).toBe('SIGKILL');
  const stream = await openIn(folder);
  expect((await readAll(stream)).map((one) => [one.key, text(one)])).toEqual([['k', 'durable']]);
});

test('commits are flushed to the disk, in the write-ahead log', async () => {
  let settings: unknown[] = [];
  await openIn(await newFolder(), {
    onOpen: (database) => {
      settings = ['journal_mode', 'synchronous', 'page_size', 'wal_autocheckpoint'].map(
        (pragma) => Object.values(database.prepare(`PRAGMA ${pragma}`).get()!)[0],
      );
    },
  });
  const full = 2;
  expect(settings).toEqual(['wal', full, 16_384, 64]);
});

test('appends of one turn are one transaction, those of another turn are another', async () => {
  const folder = await newFolder();
  const stream = await openIn(folder);
  const other = new DatabaseSync(join(folder, 'stream.db'), { readOnly: true });
  const seen = new Set<unknown>();
  const count = other.prepare('SELECT count(*) AS records FROM records_requests');
  const look = () => seen.add(count.get()!.records);
  await Promise.all(
    Array.from({ length: 50 }, async (_, index) => {
      await stream.append([record(`${index}`)]);
      look();
    }),
  );
  await stream.append([record('next turn')]);
  look();
  expect([...seen]).toEqual([50, 51]);
  other.close();
});

test('everything is there after a reopen: records, offsets, times, groups', async () => {
  const folder = await newFolder();
  const first = await openIn(folder, { clock: () => 5000 });
  await first.append([record('a'), record('s', { topic: 'state', key: 'k', headers: { h: '1' } })]);
  const { consumer, seen } = recordingConsumer();
  const subscription = await first.subscribe('requests', 'aggregate', consumer);
  await until('the record', () => seen.records.length === 1);
  await subscription.publish(0, [], 1);
  const before = await first.latest('state');
  await first.close();

  const second = await openIn(folder, { clock: () => 1000 });
  expect(await second.latest('state')).toEqual(before);
  expect(await second.append([record('b')])).toEqual([{ partition: 0, offset: 1 }]);
  const records = await readAll(second);
  expect(records.map(({ offset, time }) => [offset, time])).toEqual([
    [0, 5000],
    [1, 5000],
  ]);
  const again = recordingConsumer();
  await second.subscribe('requests', 'aggregate', again.consumer);
  await until('the new record', () => again.seen.records.length === 1);
  expect(again.seen.calls[0]).toBe('assigned 0 1');
  expect(again.seen.records.map(text)).toEqual(['b']);
});

test('offsets and times go on after a reopen though retention has left no record', async () => {
  const folder = await newFolder();
  const retention = { requests: { maxAgeMs: 0, maxBytes: 0, compacted: false } };
  const first = await openIn(folder, { clock: () => 5000, retention });
  await first.append([record('a'), record('b')]);
  await first.retain();
  expect(await first.range('requests', 0)).toEqual({ first: 2, end: 2 });
  await first.close();
  const second = await openIn(folder, { clock: () => 1000 });
  expect(await second.append([record('c')])).toEqual([{ partition: 0, offset: 2 }]);
  expect((await readAll(second))[0]!.time).toBe(5000);
});

test('closing leaves one file that holds everything', async () => {
  const folder = await newFolder();
  const stream = await openIn(folder);
  await stream.append([record('a')]);
  await stream.close();
  expect(readdirSync(folder).filter((name) => name.startsWith('stream'))).toEqual(['stream.db']);
  expect(await allTexts(await openIn(folder))).toEqual(['a']);
});

test('a topic that becomes compacted later knows the latest of its keys', async () => {
  const folder = await newFolder();
  const put = (key: string, value: string) => record(value, { topic: 'state', key });
  const plain = { maxAgeMs: 10, maxBytes: null, compacted: false };
  const first = await openIn(folder, { clock: () => 0, retention: { state: plain } });
  await first.append([put('a', '1'), put('b', '1'), put('a', '2')]);
  expect((await first.latest('state')).map(text)).toEqual(['1', '2']);
  await first.close();
  const compacted = { state: { ...plain, compacted: true } };
  const second = await openIn(folder, { clock: () => 1000, retention: compacted });
  await second.retain();
  expect((await second.latest('state')).map(text)).toEqual(['1', '2']);
  await second.close();
  const third = await openIn(folder, { clock: () => 1000, retention: { state: plain } });
  await third.retain();
  expect(await third.latest('state')).toEqual([]);
});

test('what a failed group had already inserted is not visible, not even to its own connection', async () => {
  const stream = await openIn(await newFolder());
  const headers = { toJSON: () => 1n } as unknown as Record<string, string>;
  const group = await Promise.allSettled([
    stream.append([record('inserted first')]),
    stream.append([record('cannot be written', { headers })]),
  ]);
  expect(group.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await allTexts(stream)).toEqual([]);
  expect(await stream.append([record('next')])).toEqual([{ partition: 0, offset: 0 }]);
});
