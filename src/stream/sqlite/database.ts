import { mkdirSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { RetentionByTopic } from '../embedded/retention.ts';
import { StreamUnusable } from '../errors.ts';
import { checkVersion, createSchema } from './schema.ts';
import { damaged, isDamage, text } from './sqlite-errors.ts';

/** Of a new file: parts are many times the usual page, and each page of them is a step of its own. */
const PAGE_BYTES = 16 * 1024;
/** WAL before it is moved into the file. More would stall an append for longer each time. */
const CHECKPOINT_BYTES = 1024 * 1024;
/** The WAL shrinks back to this after a large transaction, bytes. */
const WAL_KEPT_BYTES = 16 * 1024 * 1024;

/** @throws StreamUnusable */
export function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new StreamUnusable(
      `the data folder ${folder} cannot be made: ${text(error)}. Name a folder this process may write to.`,
      { cause: error },
    );
  }
}

/** Opens or creates the stream's file. @throws StreamUnusable */
export function openDatabase(path: string, retention: RetentionByTopic): DatabaseSync {
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(path);
    // Before anything is written: the file may be somebody else's.
    checkVersion(database, path);
    tune(database, path);
    createSchema(database, retention);
    return database;
  } catch (error) {
    database?.close();
    if (error instanceof StreamUnusable) throw error;
    if (isDamage(error)) throw damaged(path, error);
    throw new StreamUnusable(`${path} cannot be opened: ${text(error)}`, { cause: error });
  }
}

function tune(database: DatabaseSync, path: string): void {
  // Of no effect on a file that has pages.
  database.exec(`PRAGMA page_size = ${PAGE_BYTES}`);
  const mode = database.prepare('PRAGMA journal_mode = WAL').get()!.journal_mode;
  if (mode !== 'wal') {
    throw new StreamUnusable(
      `${path} is on a file system without shared memory (journal mode ${mode}, not wal). Use a local disk.`,
    );
  }
  const pageBytes = database.prepare('PRAGMA page_size').get()!.page_size as number;
  database.exec(`
    PRAGMA synchronous = FULL;
    PRAGMA wal_autocheckpoint = ${CHECKPOINT_BYTES / pageBytes};
    PRAGMA journal_size_limit = ${WAL_KEPT_BYTES};
  `);
}
