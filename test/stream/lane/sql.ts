import { DatabaseSync } from 'node:sqlite';
import type { Sql } from '../../../src/stream/lane/outbox.ts';

/** SQLite as a Durable Object has it, in a file that the next life of the object finds. */
export class TestSql implements Sql {
  readonly #database: DatabaseSync;
  /** The rows that follow are refused after so many. */
  rowsLeft = Number.POSITIVE_INFINITY;
  /** No number of a batch can be noted. */
  numbersFail = false;
  /** Asked so far. */
  queries = 0;
  /** Told of each row. */
  written = () => {};

  constructor(path = ':memory:') {
    this.#database = new DatabaseSync(path);
  }

  exec(query: string, ...bindings: (string | number | null | Uint8Array)[]): Iterable<unknown> {
    this.queries++;
    if (query.startsWith('INSERT INTO waiting')) {
      if (this.rowsLeft-- <= 0) throw new Error('database or disk is full');
      this.written();
    }
    if (this.numbersFail && query.startsWith('INSERT OR REPLACE INTO sent')) {
      throw new Error('disk I/O error');
    }
    return this.#database.prepare(query).all(...bindings);
  }

  /** Bytes of each row of the outbox. */
  rows(): number[] {
    const rows = this.#database.prepare('SELECT length(bytes) AS bytes FROM waiting ORDER BY id');
    return rows.all().map(({ bytes }) => Number(bytes));
  }

  close(): void {
    this.#database.close();
  }
}
