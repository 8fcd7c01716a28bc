import type { DatabaseSync } from 'node:sqlite';
import type { RetentionByTopic } from '../embedded/retention.ts';
import { StreamUnusable } from '../errors.ts';
import { TOPICS, type Topic } from '../record.ts';

/** In `user_version`; grows with every change that an older version could not read. */
export const SCHEMA_VERSION = 1;

export function tableOf(topic: Topic): string {
  return `records_${topic.replaceAll('-', '_')}`;
}

/** @throws StreamUnusable for a file of another program or of another version. */
export function checkVersion(database: DatabaseSync, path: string): void {
  const version = database.prepare('PRAGMA user_version').get()!.user_version as number;
  const { tables } = database.prepare('SELECT count(*) AS tables FROM sqlite_schema').get() as {
    tables: number;
  };
  if (version === SCHEMA_VERSION || (version === 0 && tables === 0)) return;
  if (version === 0) {
    throw new StreamUnusable(
      `${path} is a SQLite database of another program. Move it away, or name another data folder.`,
    );
  }
  throw new StreamUnusable(
    `${path} has schema version ${version}; this version of Meshpulse reads ${SCHEMA_VERSION}. ` +
      'Run the version that wrote it, or move the file away to begin with an empty stream.',
  );
}

/** Creates what is missing; one transaction, so that there is never half a schema. */
export function createSchema(database: DatabaseSync, retention: RetentionByTopic): void {
  database.exec('BEGIN IMMEDIATE');
  database.exec(`
    CREATE TABLE IF NOT EXISTS topics (
      name TEXT PRIMARY KEY,
      end_offset INTEGER NOT NULL,
      last_time INTEGER NOT NULL,
      bytes INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS group_offsets (
      topic TEXT NOT NULL,
      group_name TEXT NOT NULL,
      partition INTEGER NOT NULL,
      next_offset INTEGER NOT NULL,
      PRIMARY KEY (topic, group_name, partition)
    ) STRICT, WITHOUT ROWID;
  `);
  const addTopic = database.prepare('INSERT OR IGNORE INTO topics VALUES (?, 0, 0, 0)');
  for (const topic of TOPICS) {
    const table = tableOf(topic);
    // The value comes last: what is before it can be read without following its overflow pages.
    database.exec(`
      CREATE TABLE IF NOT EXISTS ${table} (
        offset INTEGER PRIMARY KEY,
        time INTEGER NOT NULL,
        key TEXT,
        headers TEXT,
        value BLOB
      ) STRICT;
    `);
    database.exec(
      retention[topic].compacted
        ? `CREATE INDEX IF NOT EXISTS ${table}_by_key ON ${table} (key)`
        : `DROP INDEX IF EXISTS ${table}_by_key`,
    );
    addTopic.run(topic);
  }
  database.exec(`PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`);
}
