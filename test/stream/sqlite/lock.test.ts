import { expect, test } from 'vitest';
import { StreamUnusable } from '../../../src/stream/errors.ts';
import { allTexts, record } from '../contract/under-test.ts';
import { child } from './child.ts';
import { newFolder, openIn } from './folder.ts';

test('a folder that another process has is refused, naming folder and process', async () => {
  const folder = await newFolder();
  const holder = child('hold.ts', folder);
  expect(await holder.line()).toBe('open');
  const opening = openIn(folder);
  await expect(opening).rejects.toThrow(StreamUnusable);
  await expect(opening).rejects.toThrow(
    `the data folder ${folder} is in use by process ${holder.process.pid}`,
  );
  holder.process.stdin!.write('10\n');
  expect(await holder.line()).toBe('appended 0');
});

test('a holder that was killed leaves the folder free, with what it appended', async () => {
  const folder = await newFolder();
  const holder = child('hold.ts', folder);
  expect(await holder.line()).toBe('open');
  holder.process.stdin!.write('3\n');
  expect(await holder.line()).toBe('appended 0');
  holder.process.kill('SIGKILL');
  expect(await holder.ended).toBe('SIGKILL');
  const stream = await openIn(folder);
  expect(await stream.append([record('next')])).toEqual([{ partition: 0, offset: 1 }]);
});

test('a refused open does not loosen the lock', async () => {
  const folder = await newFolder();
  const stream = await openIn(folder);
  for (let attempt = 0; attempt < 2; attempt++) {
    await expect(openIn(folder)).rejects.toThrow('is in use by this process');
  }
  const other = child('hold.ts', folder);
  await expect(other.line()).rejects.toThrow(`is in use by process ${process.pid}`);
  await stream.append([record('still mine')]);
  expect(await allTexts(stream)).toEqual(['still mine']);
});

test('a folder is free again after close', async () => {
  const folder = await newFolder();
  await (await openIn(folder)).close();
  const holder = child('hold.ts', folder);
  expect(await holder.line()).toBe('open');
});
