import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { readAll, record } from '../contract/under-test.ts';
import { newFolder, openIn } from './folder.ts';

test('a file of a version that had fewer topics gets those of today, and keeps all it has', async () => {
  const folder = await newFolder();
  const old = await openIn(folder, { clock: () => 5_000 });
  await old.append([record('a'), record('s', { topic: 'state', key: 'k' })]);
  await old.close();
  const file = new DatabaseSync(join(folder, 'stream.db'));
  file.exec("DROP TABLE records_notifications; DELETE FROM topics WHERE name = 'notifications'");
  file.close();

  const now = await openIn(folder, { clock: () => 6_000 });
  expect((await readAll(now)).map(({ offset, time }) => [offset, time])).toEqual([[0, 5_000]]);
  expect((await now.latest('state')).map(({ key }) => key)).toEqual(['k']);
  const told = record('told', { topic: 'notifications', key: 'n' });
  expect(await now.append([told])).toEqual([{ partition: 0, offset: 0 }]);
  expect((await now.latest('notifications')).map(({ key }) => key)).toEqual(['n']);
});

test('an upgrade that is cut off leaves the file as it was', async () => {
  const folder = await newFolder();
  await (await openIn(folder)).close();
  const path = join(folder, 'stream.db');
  const file = new DatabaseSync(path);
  file.exec('DROP TABLE records_alerts; DROP TABLE records_notifications');
  // The second of the missing tables cannot be made: its name is taken.
  file.exec('CREATE VIEW records_notifications AS SELECT 1 AS offset');
  const tables = () => file.prepare('SELECT name FROM sqlite_schema ORDER BY name').all();
  const before = tables();
  await expect(openIn(folder)).rejects.toThrow(`${path} cannot be opened`);
  expect(tables()).toEqual(before);
  file.close();
});
