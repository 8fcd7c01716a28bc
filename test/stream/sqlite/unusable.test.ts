import {
  closeSync,
  mkdirSync,
  openSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { READ_BYTES } from '../../../src/stream/embedded/partition-reader.ts';
import { StreamUnusable } from '../../../src/stream/errors.ts';
import { noLog } from '../../../src/telemetry/log.ts';
import { readAll, record } from '../contract/under-test.ts';
import { recordingConsumer } from '../recording-consumer.ts';
import { until } from '../until.ts';
import { newFolder, openIn } from './folder.ts';

async function refusal(folder: string): Promise<string> {
  try {
    await openIn(folder);
  } catch (error) {
    expect(error).toBeInstanceOf(StreamUnusable);
    return (error as Error).message;
  }
  throw new Error('it was opened');
}

test('a file that is no database is refused, saying where it is, what to do and what is lost', async () => {
  const folder = await newFolder();
  const path = join(folder, 'stream.db');
  writeFileSync(
    path,
    'this is not a database, but it is long enough to look for a header'.repeat(20),
  );
  const message = await refusal(folder);
  expect(message).toContain(`${path} is damaged (file is not a database, SQLite code 26)`);
  expect(message).toContain(`Move it away together with ${path}-wal and ${path}-shm`);
  expect(message).toContain('What is lost are');
});

test('a malformed database is refused', async () => {
  const folder = await newFolder();
  const stream = await openIn(folder);
  await stream.append(Array.from({ length: 100 }, () => record(new Uint8Array(5000))));
  await stream.close();
  truncateSync(join(folder, 'stream.db'), 8192);
  expect(await refusal(folder)).toContain('is damaged');
});

test('a refused file is left as it was, and the folder is free again', async () => {
  const folder = await newFolder();
  const foreign = new DatabaseSync(join(folder, 'stream.db'));
  foreign.exec('CREATE TABLE theirs (a); INSERT INTO theirs VALUES (1)');
  expect(await refusal(folder)).toContain('is a SQLite database of another program');
  expect(foreign.prepare('SELECT name FROM sqlite_schema').all()).toEqual([{ name: 'theirs' }]);
  expect(foreign.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'delete' });
  foreign.exec('DROP TABLE theirs');
  foreign.close();
  await (await openIn(folder)).append([record('a')]);
});

test.each([0, 2, 1_000_000])(
  'schema version %i is refused, saying which is known',
  async (version) => {
    const folder = await newFolder();
    await (await openIn(folder)).close();
    const database = new DatabaseSync(join(folder, 'stream.db'));
    database.exec(`PRAGMA user_version = ${version}`);
    database.close();
    const message = await refusal(folder);
    if (version === 0) expect(message).toContain('of another program');
    else
      expect(message).toContain(`has schema version ${version}; this version of Meshpulse reads 1`);
  },
);

test('a folder that cannot be made or written is refused with its path', async () => {
  const folder = await newFolder();
  const file = join(folder, 'file');
  writeFileSync(file, '');
  expect(await refusal(join(file, 'data'))).toContain(
    `the data folder ${join(file, 'data')} cannot be made: ENOTDIR`,
  );
  expect(await refusal(file)).toContain(`the data folder ${file} cannot be made: EEXIST`);
  mkdirSync(join(folder, 'a', 'lock.db'), { recursive: true });
  expect(await refusal(join(folder, 'a'))).toContain('cannot be locked: unable to open database');
  mkdirSync(join(folder, 'b', 'stream.db'), { recursive: true });
  expect(await refusal(join(folder, 'b'))).toContain('stream.db cannot be opened: unable to open');
});

test('damage that shows only while reading is told to readers, and appends go on', async () => {
  const folder = await newFolder();
  const path = join(folder, 'stream.db');
  const first = await openIn(folder);
  await first.append(Array.from({ length: 4000 }, () => record(new Uint8Array(500))));
  await first.close();
  const file = openSync(path, 'r+');
  const third = Math.floor(statSync(path).size / 3);
  writeSync(file, new Uint8Array(third), 0, third, third);
  closeSync(file);

  const stream = await openIn(folder);
  await expect(readAll(stream)).rejects.toThrow(StreamUnusable);
  const { consumer, seen } = recordingConsumer();
  await stream.subscribe('requests', 'aggregate', consumer);
  await until('failed', () => seen.errors.length > 0);
  expect(seen.errors[0]).toBeInstanceOf(StreamUnusable);
  expect(String(seen.errors[0])).toContain(`${path} is damaged`);
  expect(await stream.append([record('a')])).toEqual([{ partition: 0, offset: 4000 }]);
});

test('readers wait while the file cannot be read, and go on when it can be again', async () => {
  let database!: DatabaseSync;
  const pause = Promise.withResolvers<void>();
  const logged: string[] = [];
  const keep = (event: string) => void logged.push(event);
  const stream = await openIn(await newFolder(), {
    onOpen: (opened) => {
      database = opened;
    },
    sleep: () => pause.promise,
    log: { ...noLog, error: keep, info: keep },
  });
  // Any error but damage is one for now; this one can be had at will.
  const rename = (from: string, to: string) => database.exec(`ALTER TABLE ${from} RENAME TO ${to}`);
  const { consumer, seen } = recordingConsumer({
    records: (_, [first]) => {
      if (first!.offset === 0) rename('records_requests', 'elsewhere');
    },
  });
  // So large that it is handed over alone.
  await stream.append([record(new Uint8Array(READ_BYTES)), record('b')]);
  await stream.subscribe('requests', 'aggregate', consumer);
  await until('the failure', () => logged.includes('stream.read_failed'));
  rename('elsewhere', 'records_requests');
  pause.resolve();
  await until('the record', () => seen.records.length === 2);
  expect(logged).toEqual(['stream.read_failed', 'stream.read_recovered']);
  expect(seen.errors).toEqual([]);
});
