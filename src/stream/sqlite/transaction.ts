import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { writeFailed } from './sqlite-errors.ts';

/** Runs a function in a write transaction: all of it is durable, or nothing of it is there. */
export class Transaction {
  readonly #database: DatabaseSync;
  readonly #path: string;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;

  constructor(database: DatabaseSync, path: string) {
    this.#database = database;
    this.#path = path;
    this.#begin = database.prepare('BEGIN IMMEDIATE');
    this.#commit = database.prepare('COMMIT');
  }

  /** @throws StreamUnavailable; the next call begins afresh. */
  run<T>(body: () => T): T {
    let committing = false;
    try {
      this.#rollback();
      this.#begin.run();
      const result = body();
      committing = true;
      this.#commit.run();
      return result;
    } catch (error) {
      this.#rollback();
      // A commit that failed while flushing may have left a whole commit frame in the WAL: should the process
      // die before the next commit overwrites it, SQLite's recovery takes it as committed.
      throw writeFailed(this.#path, error, committing);
    }
  }

  #rollback(): void {
    // SQLite may have rolled back by itself: https://www.sqlite.org/lang_transaction.html section 3.
    if (!this.#database.isTransaction) return;
    try {
      this.#database.exec('ROLLBACK');
    } catch {
      // Tried again before the next transaction, which cannot begin until it has worked.
    }
  }
}
