import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { StreamUnavailable, StreamUnusable } from '../../../src/stream/errors.ts';
import { noLog } from '../../../src/telemetry/log.ts';
import { allTexts, record } from '../contract/under-test.ts';
import { until } from '../until.ts';
import { newFolder, openIn } from './folder.ts';

async function opened(sweepEveryMs = 1e6) {
  const folder = `${await newFolder()}/data`;
  const told: unknown[] = [];
  const logged: string[] = [];
  let now = 1e12;
  const stream = await openIn(folder, {
    clock: () => now,
    sweepEveryMs,
    log: { ...noLog, error: (event) => logged.push(event), warn: (event) => logged.push(event) },
    onFailed: (error) => told.push(error),
  });
  await stream.append([record('before')]);
  return { folder, stream, told, logged, pass: (ms: number) => (now += ms) };
}

const GONE = { writable: false, why: 'its file is gone, and what was only in it' };

test('a deleted data folder is seen before the next commit a second later, and for ever', async () => {
  const { folder, stream, told, logged, pass } = await opened();
  expect(stream.health()).toEqual({ writable: true, why: null });
  await rm(folder, { recursive: true });
  pass(1000);
  await expect(stream.append([record('into nothing')])).rejects.toThrow(StreamUnavailable);
  await expect(stream.append([record('and again')])).rejects.toThrow(
    /stream\.db is gone: it was deleted or moved away .* lost with it/,
  );
  expect(stream.health()).toEqual(GONE);
  expect(told).toHaveLength(1);
  expect(told[0]).toBeInstanceOf(StreamUnusable);
  expect(logged).toEqual(['stream.file_gone']);
});

test('a sweep sees it without any append, and deletes nothing any more', async () => {
  const { folder, stream, told, logged } = await opened(5);
  await rm(folder, { recursive: true });
  await until('the sweep', () => told.length > 0);
  expect(stream.health()).toEqual(GONE);
  expect(logged).toEqual(['stream.file_gone']);
});

test('another file in its place is not its file', async () => {
  const { folder, stream, told, pass } = await opened();
  await rename(folder, `${folder}-old`);
  await mkdir(folder);
  await writeFile(`${folder}/stream.db`, '');
  pass(1000);
  await expect(stream.append([record('x')])).rejects.toThrow(/another file is in its place/);
  expect(told).toHaveLength(1);
});

test('a clock that was set back does not stop the looking', async () => {
  const { folder, stream, told, pass } = await opened();
  await rm(folder, { recursive: true });
  pass(-3_600_000);
  await expect(stream.append([record('x')])).rejects.toThrow(StreamUnavailable);
  expect(told).toHaveLength(1);
});

test('a file that is still there is left in peace', async () => {
  const { stream, told, pass } = await opened();
  for (let i = 0; i < 3; i++) {
    pass(1000);
    await stream.append([record(`${i}`)]);
  }
  expect(await allTexts(stream)).toEqual(['before', '0', '1', '2']);
  expect(told).toEqual([]);
});
