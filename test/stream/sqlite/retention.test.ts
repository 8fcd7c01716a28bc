import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { record } from '../contract/under-test.ts';
import { until } from '../until.ts';
import { newFolder, openIn } from './folder.ts';

const small = { requests: { maxAgeMs: null, maxBytes: 256 * 1024, compacted: false } };

test('retention runs by itself now and then', async () => {
  const stream = await openIn(await newFolder(), { retention: small, sweepEveryMs: 5 });
  for (let index = 0; index < 20; index++) await stream.append([record(new Uint8Array(64 * 1024))]);
  await until('old ones are gone', async () => (await stream.range('requests', 0)).first === 16);
});

test('retention runs on open', async () => {
  const folder = await newFolder();
  const first = await openIn(folder);
  await first.append(Array.from({ length: 20 }, () => record(new Uint8Array(64 * 1024))));
  await first.close();
  const second = await openIn(folder, { retention: small });
  await until('old ones are gone', async () => (await second.range('requests', 0)).first === 16);
});

test('the file does not grow while retention keeps its records within a size', async () => {
  const folder = await newFolder();
  const stream = await openIn(folder, { retention: small });
  const fileBytes = async () => {
    for (let index = 0; index < 40; index++) {
      await stream.append([record(new Uint8Array(32 * 1024))]);
      await stream.retain();
    }
    return ['stream.db', 'stream.db-wal']
      .map((name) => statSync(join(folder, name)).size)
      .reduce((sum, size) => sum + size, 0);
  };
  await fileBytes();
  const settled = await fileBytes();
  for (let round = 0; round < 5; round++) {
    expect(await fileBytes()).toBeLessThanOrEqual(settled * 1.1);
  }
});

test('the event loop turns while much is deleted, and appends go on', async () => {
  let now = 0;
  const stream = await openIn(await newFolder(), {
    clock: () => now,
    retention: { requests: { maxAgeMs: 10, maxBytes: null, compacted: false } },
  });
  await stream.append(Array.from({ length: 5000 }, () => record('old')));
  now = 1000;
  const firsts: number[] = [];
  let over = false;
  const retaining = stream.retain().then(() => {
    over = true;
  });
  while (!over) {
    firsts.push((await stream.range('requests', 0)).first);
    await stream.append([record('new')]);
  }
  await retaining;
  expect(firsts.length).toBeGreaterThan(2);
  expect((await stream.range('requests', 0)).first).toBe(5000);
});

test('closing in the middle of a sweep is fine', async () => {
  let now = 0;
  const stream = await openIn(await newFolder(), {
    clock: () => now,
    retention: { requests: { maxAgeMs: 10, maxBytes: null, compacted: false } },
  });
  await stream.append(Array.from({ length: 5000 }, () => record('old')));
  now = 1000;
  const retaining = stream.retain();
  await stream.close();
  await retaining;
});
