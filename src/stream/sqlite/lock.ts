import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StreamUnusable } from '../errors.ts';
import { isBusy, text } from './sqlite-errors.ts';

/** Holds a data folder for this process until released or until the process is gone, however it goes. */
export class FolderLock {
  readonly #database: DatabaseSync;
  readonly #pidPath: string;

  /** @throws StreamUnusable when another process, or another stream of this one, has the folder. */
  constructor(folder: string) {
    this.#pidPath = join(folder, 'lock.pid');
    const path = join(folder, 'lock.db');
    let database: DatabaseSync | null = null;
    try {
      database = new DatabaseSync(path);
      // An open write transaction holds an OS lock on the file, which the kernel drops with the process.
      database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    } catch (error) {
      database?.close();
      if (isBusy(error)) throw inUse(folder, this.#pidPath);
      throw new StreamUnusable(`the data folder ${folder} cannot be locked: ${text(error)}`, {
        cause: error,
      });
    }
    this.#database = database;
    try {
      writeFileSync(this.#pidPath, `${process.pid}\n`);
    } catch (error) {
      database.close();
      throw new StreamUnusable(
        `the data folder ${folder} cannot be written: ${text(error)}. Give this process write access, or name another folder.`,
        { cause: error },
      );
    }
  }

  release(): void {
    rmSync(this.#pidPath, { force: true });
    this.#database.close();
  }
}

function inUse(folder: string, pidPath: string): StreamUnusable {
  return new StreamUnusable(
    `the data folder ${folder} is in use by ${holder(pidPath)}. Stop it, or give this one another folder.`,
  );
}

function holder(pidPath: string): string {
  try {
    // The pid has its own file: opening and closing lock.db here would drop this process' locks on it (fcntl(2)).
    const pid = Number.parseInt(readFileSync(pidPath, 'utf8'), 10);
    if (Number.isInteger(pid)) return pid === process.pid ? 'this process' : `process ${pid}`;
  } catch {
    // Not written yet.
  }
  return 'another process';
}
