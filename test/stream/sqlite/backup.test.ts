import { copyFile, cp } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { AppendRecord, Topic } from '../../../src/stream/record.ts';
import type { SqliteStream } from '../../../src/stream/sqlite/sqlite-stream.ts';
import { child } from './child.ts';
import { newFolder, openIn } from './folder.ts';

/** One in each of two topics, which only ever come together. */
async function appendPair(stream: SqliteStream, index: number): Promise<void> {
  const value = new TextEncoder().encode(`${index} ${'x'.repeat(20_000)}`);
  const on = (topic: Topic): AppendRecord => ({ topic, partition: 0, key: `${index}`, value });
  await stream.append([on('requests'), on('transitions')]);
}

async function keysOf(stream: SqliteStream, topic: Topic): Promise<(string | null)[]> {
  const keys: (string | null)[] = [];
  for (let next = 0; ; next = keys.length) {
    const records = await stream.read(topic, 0, next);
    if (records.length === 0) return keys;
    keys.push(...records.map(({ key }) => key));
  }
}

const firstKeys = (count: number) => Array.from({ length: count }, (_, index) => `${index}`);

test('VACUUM INTO from another process, under load, is a whole stream as of one moment', async () => {
  const [folder, backup] = [await newFolder(), await newFolder()];
  const stream = await openIn(folder);
  const before = 500;
  for (let index = 0; index < before; index++) await appendPair(stream, index);
  const vacuum = child('vacuum-into.ts', join(folder, 'stream.db'), join(backup, 'stream.db'));
  expect(await vacuum.line()).toBe('begin');
  let done = false;
  const finished = vacuum.line().then((line) => {
    done = line === 'done';
  });
  let count = before;
  while (!done) {
    await appendPair(stream, count++);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await finished;

  const restored = await openIn(backup);
  const keys = await keysOf(restored, 'requests');
  expect(keys.length).toBeGreaterThanOrEqual(before);
  expect(keys).toEqual(firstKeys(keys.length));
  expect(await keysOf(restored, 'transitions')).toEqual(keys);
  // Where the copy ends it goes on.
  await appendPair(restored, keys.length);
  expect(await keysOf(restored, 'requests')).toEqual(firstKeys(keys.length + 1));
});

test('a copy of the folder of a stopped stream is the stream', async () => {
  const [folder, backup] = [await newFolder(), await newFolder()];
  const stream = await openIn(folder);
  for (let index = 0; index < 20; index++) await appendPair(stream, index);
  await stream.close();
  await cp(folder, backup, { recursive: true });
  const restored = await openIn(backup);
  expect(await keysOf(restored, 'requests')).toEqual(firstKeys(20));
});

test('a copy of the file alone, of a running stream, lacks what is still in the write-ahead log', async () => {
  const [folder, backup] = [await newFolder(), await newFolder()];
  const stream = await openIn(folder);
  for (let index = 0; index < 3; index++) await appendPair(stream, index);
  await copyFile(join(folder, 'stream.db'), join(backup, 'stream.db'));
  const restored = await openIn(backup);
  expect((await keysOf(restored, 'requests')).length).toBeLessThan(3);
});
