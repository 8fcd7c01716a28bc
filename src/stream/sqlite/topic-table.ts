import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { bisect } from '../embedded/bisect.ts';
import type { Kept } from '../embedded/retention.ts';
import type { AppendRecord, StreamRecord, Topic } from '../record.ts';
import { tableOf } from './schema.ts';

/** Where a topic stands; in its row of `topics`. */
export interface TopicState {
  /** Offset of the next record; outlives the records themselves. */
  end: number;
  /** Append time of the newest record, ms. */
  lastTime: number;
  /** Of all values kept. */
  bytes: number;
}

interface Row {
  offset: number;
  time: number;
  key: string | null;
  headers: string | null;
  value: Uint8Array | null;
}

const COLUMNS = 'offset, time, key, headers, value';
/** Most records one read returns; values may be empty, so bytes alone bound nothing. */
const READ_RECORDS = 10_000;

/** The statements over one topic's table. */
export class TopicTable {
  /** As committed. */
  state: TopicState;
  /** Offset of the oldest record kept; of the next one when none is. Known, so that looking costs nothing. */
  #firstOffset: number;
  readonly topic: Topic;
  readonly #insert: StatementSync;
  readonly #save: StatementSync;
  readonly #first: StatementSync;
  readonly #from: StatementSync;
  readonly #timeFrom: StatementSync;
  readonly #latest: StatementSync;
  readonly #deletable: StatementSync;
  readonly #delete: StatementSync;

  constructor(database: DatabaseSync, topic: Topic, compacted: boolean) {
    const table = tableOf(topic);
    this.topic = topic;
    this.state = database
      .prepare('SELECT end_offset AS end, last_time AS lastTime, bytes FROM topics WHERE name = ?')
      .get(topic) as unknown as TopicState;
    this.#insert = database.prepare(`INSERT INTO ${table} (${COLUMNS}) VALUES (?, ?, ?, ?, ?)`);
    this.#save = database.prepare(
      'UPDATE topics SET end_offset = ?, last_time = ?, bytes = ? WHERE name = ?',
    );
    this.#first = database.prepare(`SELECT min(offset) AS first FROM ${table}`);
    this.#from = database.prepare(
      `SELECT ${COLUMNS} FROM ${table} WHERE offset >= ? ORDER BY offset LIMIT ${READ_RECORDS}`,
    );
    this.#timeFrom = database.prepare(
      `SELECT offset, time FROM ${table} WHERE offset >= ? ORDER BY offset LIMIT 1`,
    );
    this.#latest = database.prepare(compacted ? latestByIndex(table) : latestByScan(table));
    this.#deletable = database.prepare(`
      SELECT offset, time, coalesce(length(value), 0) AS size FROM ${table} AS old
      ${compacted ? superseded(table) : ''} ORDER BY offset LIMIT ?`);
    this.#delete = database.prepare(`DELETE FROM ${table} WHERE offset = ?`);
    this.#firstOffset = this.#lookForFirst();
  }

  range(): { first: number; end: number } {
    return { first: this.#firstOffset, end: this.state.end };
  }

  /** After records were deleted for good. */
  deleted(state: TopicState): void {
    this.state = state;
    this.#firstOffset = this.#lookForFirst();
  }

  insert(record: AppendRecord, offset: number, time: number): void {
    const headers = record.headers === undefined ? null : JSON.stringify(record.headers);
    this.#insert.run(offset, time, record.key, headers, record.value);
  }

  save({ end, lastTime, bytes }: TopicState): void {
    this.#save.run(end, lastTime, bytes, this.topic);
  }

  read(from: number, maxBytes: number): StreamRecord[] {
    const records: StreamRecord[] = [];
    let bytes = 0;
    for (const row of this.#from.iterate(from)) {
      const record = this.#record(row as unknown as Row);
      bytes += record.value?.byteLength ?? 0;
      if (records.length > 0 && bytes > maxBytes) break;
      records.push(record);
    }
    return records;
  }

  /** Times grow with offsets, so halving finds it without an index that every append would pay for. */
  offsetAt(timeMs: number): number {
    const { first, end } = this.range();
    const at = bisect(first, end, (offset) => (this.#nextAfter(offset)?.time ?? timeMs) >= timeMs);
    return this.#nextAfter(at)?.offset ?? end;
  }

  latest(): StreamRecord[] {
    return this.#latest.all().map((row) => this.#record(row as unknown as Row));
  }

  /** The oldest records that may go once they are past age or size; lazy, to be used up before the next call. */
  deletable(limit: number): Iterable<Kept> {
    return this.#deletable.iterate(limit) as unknown as Iterable<Kept>;
  }

  delete(offset: number): void {
    this.#delete.run(offset);
  }

  #lookForFirst(): number {
    const { first } = this.#first.get() as { first: number | null };
    return first ?? this.state.end;
  }

  #nextAfter(offset: number): { offset: number; time: number } | undefined {
    return this.#timeFrom.get(offset) as { offset: number; time: number } | undefined;
  }

  #record({ offset, time, key, headers, value }: Row): StreamRecord {
    const record = { topic: this.topic, partition: 0, key, value, offset, time };
    return headers === null ? record : { ...record, headers: JSON.parse(headers) };
  }
}

/** Steps from key to key through the index: a state topic has hundreds of records per key. */
function latestByIndex(table: string): string {
  return `
    WITH RECURSIVE keys (key) AS (
      SELECT min(key) FROM ${table}
      UNION ALL
      SELECT (SELECT min(key) FROM ${table} WHERE key > keys.key) FROM keys WHERE keys.key IS NOT NULL
    )
    SELECT ${COLUMNS} FROM ${table}
    WHERE value IS NOT NULL AND offset IN (
      SELECT (SELECT max(offset) FROM ${table} AS newest WHERE newest.key = keys.key) FROM keys
      WHERE keys.key IS NOT NULL
    )
    ORDER BY offset`;
}

function latestByScan(table: string): string {
  return `
    SELECT ${COLUMNS} FROM ${table}
    WHERE value IS NOT NULL
      AND offset IN (SELECT max(offset) FROM ${table} WHERE key IS NOT NULL GROUP BY key)
    ORDER BY offset`;
}

function superseded(table: string): string {
  return `WHERE key IS NULL OR value IS NULL
    OR EXISTS (SELECT 1 FROM ${table} AS newer WHERE newer.key = old.key AND newer.offset > old.offset)`;
}
