import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { StreamRecord, Topic } from '../../src/stream/record.ts';
import { tableOf } from '../../src/stream/sqlite/schema.ts';

/** Records of a stream as they were left. */
export interface Records {
  records(topic: Topic): Iterable<StreamRecord>;
}

/** What is left when the server is gone: its stream, read without it, and its log. */
export class Evidence implements Records {
  readonly #database: DatabaseSync;
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    this.#database = new DatabaseSync(join(folder, 'data', 'stream.db'), { readOnly: true });
  }

  close(): void {
    this.#database.close();
  }

  /** SQLite's own look at the whole file: `ok`, or what is wrong. */
  integrity(): string {
    return String(this.#database.prepare('PRAGMA integrity_check').get()!.integrity_check);
  }

  /** Offset after the last record ever appended. */
  end(topic: Topic): number {
    const row = this.#database.prepare('SELECT end_offset AS end FROM topics WHERE name = ?');
    return row.get(topic)!.end as number;
  }

  /** The offset that the aggregate has committed. */
  committed(): number {
    const row = this.#database.prepare(
      `SELECT next_offset AS next FROM group_offsets WHERE topic = 'requests' AND group_name = 'aggregate'`,
    );
    return row.get()!.next as number;
  }

  *records(topic: Topic): Generator<StreamRecord> {
    const rows = this.#database
      .prepare(`SELECT offset, time, key, value FROM ${tableOf(topic)} ORDER BY offset`)
      .iterate() as Iterable<Pick<StreamRecord, 'offset' | 'time' | 'key' | 'value'>>;
    for (const row of rows) yield { topic, partition: 0, ...row };
  }

  /** Lines of the server's log at `level`, all lives. */
  log(level: 'warn' | 'error'): { event: string; line: string }[] {
    return logOf(join(this.#folder, 'server.log')).filter((said) => said.level === level);
  }
}

export interface Said {
  /** ms since the epoch; NaN where the line is no JSON. */
  at: number;
  level: string;
  event: string;
  line: string;
}

/** What a log says; lines that are no JSON as well, at every level. */
export function logOf(path: string): Said[] {
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const said = parsed(line);
      if (said === null) return { at: Number.NaN, level: 'error', event: 'no JSON', line };
      const { time, level, event, msg } = said;
      return { at: Date.parse(`${time}`), level: `${level}`, event: `${event ?? msg}`, line };
    });
}

function parsed(line: string): Record<string, unknown> | null {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return null;
  }
}
