import { execFileSync, spawnSync } from 'node:child_process';
import type { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { StreamUnavailable } from '../../../src/stream/errors.ts';
import type { SqliteStreamOptions } from '../../../src/stream/sqlite/sqlite-stream.ts';
import type { LogFacts } from '../../../src/telemetry/log.ts';
import { noLog } from '../../../src/telemetry/log.ts';
import { allTexts, readAll, record } from '../contract/under-test.ts';
import { recordingConsumer } from '../recording-consumer.ts';
import { until } from '../until.ts';
import { child } from './child.ts';
import { newFolder, openIn } from './folder.ts';

async function openedFull(options: Partial<SqliteStreamOptions> = {}) {
  let database!: DatabaseSync;
  const logged: [string, LogFacts | undefined][] = [];
  const keep = (event: string, facts?: LogFacts) => logged.push([event, facts]);
  const folder = await newFolder();
  const stream = await openIn(folder, {
    ...options,
    log: { ...noLog, error: keep, info: keep },
    onOpen: (opened) => {
      database = opened;
    },
  });
  await stream.append([record('before')]);
  const pages = (count: number) => database.exec(`PRAGMA max_page_count = ${count}`);
  const { page_count } = database.prepare('PRAGMA page_count').get() as { page_count: number };
  pages(page_count + 2);
  return { stream, folder, logged, empty: () => pages(1e6) };
}

test('on a full disk a whole group is refused and leaves nothing, and it works again by itself', async () => {
  const { stream, folder, logged, empty } = await openedFull();
  const large = new Uint8Array(100_000);
  const group = await Promise.allSettled([
    stream.append([record('small, but of the same group')]),
    stream.append([record('first half'), record(large)]),
    stream.append([record('after it', { topic: 'state', key: 'k' })]),
  ]);
  for (const outcome of group) {
    expect(outcome.status).toBe('rejected');
    const { reason } = outcome as PromiseRejectedResult;
    expect(reason).toBeInstanceOf(StreamUnavailable);
    expect(reason.message).toContain('database or disk is full, SQLite code 13');
    expect(reason.inDoubt).toBe(false);
  }
  await expect(stream.append([record(large)])).rejects.toThrow(StreamUnavailable);
  expect(await allTexts(stream)).toEqual(['before']);
  expect(await stream.range('state', 0)).toEqual({ first: 0, end: 0 });
  expect(logged.map(([event]) => event)).toEqual(['stream.write_failed']);

  empty();
  expect(await stream.append([record(large)])).toEqual([{ partition: 0, offset: 1 }]);
  expect(logged[1]).toEqual([
    'stream.write_recovered',
    { path: `${folder}/stream.db`, failures: 2 },
  ]);
  await stream.close();
  expect(await readAll(await openIn(folder))).toHaveLength(2);
});

test('what fits is still appended while what does not is refused', async () => {
  const { stream } = await openedFull();
  await expect(stream.append([record(new Uint8Array(100_000))])).rejects.toThrow(StreamUnavailable);
  await stream.append([record('small')]);
  expect(await allTexts(stream)).toEqual(['before', 'small']);
});

test('says that it cannot be written until a write has succeeded again', async () => {
  const { stream, empty } = await openedFull();
  expect(stream.health()).toEqual({ writable: true, why: null });
  const large = [record(new Uint8Array(100_000))];
  await expect(stream.append(large)).rejects.toThrow(StreamUnavailable);
  const why = 'cannot be written: database or disk is full, SQLite code 13';
  expect(stream.health()).toEqual({ writable: false, why });
  empty();
  expect(stream.health().writable).toBe(false);
  await stream.append(large);
  expect(stream.health()).toEqual({ writable: true, why: null });
});

test('finds out by itself that it can be written again: nobody sends to what is not ready', async () => {
  const { stream, empty } = await openedFull({ sweepEveryMs: 5 });
  const large = [record(new Uint8Array(100_000))];
  await expect(stream.append(large)).rejects.toThrow(StreamUnavailable);
  empty();
  await until('the probe', () => stream.health().writable);
  expect(await allTexts(stream)).toEqual(['before']);
});

test('of a publish on a full disk neither outputs nor offset are there', async () => {
  const { stream, empty } = await openedFull();
  const { consumer, seen } = recordingConsumer();
  const subscription = await stream.subscribe('requests', 'aggregate', consumer);
  await until('the record', () => seen.records.length === 1);
  const outputs = [
    record('t', { topic: 'transitions' }),
    record(new Uint8Array(100_000), { topic: 'state', key: 'k' }),
  ];
  await expect(subscription.publish(0, outputs, 1)).rejects.toThrow(StreamUnavailable);
  await subscription.stop();
  expect(await allTexts(stream, 'transitions')).toEqual([]);

  const next = recordingConsumer();
  const again = await stream.subscribe('requests', 'aggregate', next.consumer);
  await until('the record again', () => next.seen.records.length === 1);
  expect(next.seen.calls[0]).toBe('assigned 0 null');
  empty();
  await again.publish(0, outputs, 1);
  expect(await allTexts(stream, 'transitions')).toEqual(['t']);
});

const noPrlimit =
  process.platform !== 'linux' || spawnSync('prlimit', ['--version']).error !== undefined;

// Here the kernel refuses the writes: of more than the page cache takes (some MB) before the commit, else within it.
test.skipIf(noPrlimit)(
  'a process whose writes the kernel refuses recovers by itself when they are allowed again',
  async () => {
    const folder = await newFolder();
    const holder = child('hold.ts', folder);
    const limit = (bytes: number | 'unlimited') =>
      execFileSync('prlimit', [`--pid=${holder.process.pid}`, `--fsize=${bytes}:unlimited`]);
    const append = async (bytes: number) => {
      holder.process.stdin!.write(`${bytes}\n`);
      return await holder.line();
    };
    expect(await holder.line()).toBe('open');
    expect(await append(10)).toBe('appended 0');
    limit(300_000);
    expect(await append(8_000_000)).toBe('StreamUnavailable, in doubt: false');
    expect(await append(1_000_000)).toBe('StreamUnavailable, in doubt: true');
    expect(await append(8_000_000)).toBe('StreamUnavailable, in doubt: false');
    limit('unlimited');
    expect(await append(8_000_000)).toBe('appended 1');
    holder.process.kill('SIGKILL');
    await holder.ended;
    const stream = await openIn(folder);
    expect((await readAll(stream)).map(({ value }) => value!.byteLength)).toEqual([10, 8_000_000]);
  },
);
