import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { StreamRecord } from '../../src/stream/record.ts';

/**
 * All that was ever on `state`: superseded records are kept for a minute only, so they are copied while the server
 * runs, in each life and every few seconds.
 */
export class StateCopy {
  readonly records: StreamRecord[] = [];
  /** Records that were gone before they were copied. */
  missed = 0;
  readonly #path: string;

  constructor(folder: string) {
    this.#path = join(folder, 'data', 'stream.db');
  }

  /** Reads beside the server, and leaves no trace: closing read-only writes nothing. */
  copy(): void {
    const database = new DatabaseSync(this.#path, { readOnly: true });
    try {
      const next = (this.records.at(-1)?.offset ?? -1) + 1;
      const rows = database
        .prepare('SELECT offset, time, key, value FROM records_state WHERE offset >= ? ORDER BY 1')
        .all(next) as unknown as Omit<StreamRecord, 'topic' | 'partition'>[];
      this.missed += rows.length === 0 ? 0 : rows.at(-1)!.offset + 1 - next - rows.length;
      for (const row of rows) this.records.push({ topic: 'state', partition: 0, ...row });
    } finally {
      database.close();
    }
  }
}
