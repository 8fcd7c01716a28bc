import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Log } from '../../telemetry/log.ts';
import { expired, type Kept, type RetentionByTopic } from '../embedded/retention.ts';
import type { GroupOffset, Store, Write } from '../embedded/store.ts';
import type { StreamHealth } from '../health.ts';
import { type Position, type StreamRecord, TOPICS, type Topic } from '../record.ts';
import type { FileWatch } from './file-watch.ts';
import { readFailed, text } from './sqlite-errors.ts';
import { type TopicState, TopicTable } from './topic-table.ts';
import { Transaction } from './transaction.ts';
import { WriteHealth } from './write-health.ts';

/** Most one step of retention deletes: a step blocks the event loop. */
const STEP_RECORDS = 1000;
const STEP_BYTES = 16 * 1024 * 1024;

export interface SqliteStoreOptions {
  database: DatabaseSync;
  path: string;
  clock: () => number;
  retention: RetentionByTopic;
  log: Log;
  file: FileWatch;
}

/** The tables of one SQLite file, as a {@link Store} of one partition per topic. */
export class SqliteStore implements Store {
  readonly #options: SqliteStoreOptions;
  readonly #transaction: Transaction;
  readonly #health: WriteHealth;
  readonly #tables: ReadonlyMap<Topic, TopicTable>;
  readonly #saveOffset: StatementSync;
  readonly #loadOffset: StatementSync;

  constructor(options: SqliteStoreOptions) {
    const { database, path, retention, log } = options;
    this.#options = options;
    this.#health = new WriteHealth(log, path);
    this.#transaction = new Transaction(database, path);
    this.#tables = new Map(
      TOPICS.map((topic) => [topic, new TopicTable(database, topic, retention[topic].compacted)]),
    );
    this.#saveOffset = database.prepare(`
      INSERT OR REPLACE INTO group_offsets (topic, group_name, partition, next_offset)
      VALUES (?, ?, ?, ?)`);
    this.#loadOffset = database.prepare(`
      SELECT next_offset AS next FROM group_offsets
      WHERE topic = ? AND group_name = ? AND partition = ?`);
  }

  partitions(_topic: Topic): number {
    return 1;
  }

  range(topic: Topic): { first: number; end: number } {
    return this.#reading(() => this.#table(topic).range());
  }

  read(topic: Topic, _partition: number, from: number, maxBytes: number): StreamRecord[] {
    return this.#reading(() => this.#table(topic).read(from, maxBytes));
  }

  offsetAt(topic: Topic, _partition: number, timeMs: number): number {
    return this.#reading(() => this.#table(topic).offsetAt(timeMs));
  }

  latest(topic: Topic): StreamRecord[] {
    return this.#reading(() => this.#table(topic).latest());
  }

  committed(topic: Topic, group: string, partition: number): number | null {
    const row = this.#reading(() => this.#loadOffset.get(topic, group, partition));
    return (row as { next: number } | undefined)?.next ?? null;
  }

  write(writes: readonly Write[]): Position[][] {
    const now = Math.floor(this.#options.clock());
    const states = new Map<TopicTable, TopicState>();
    const positions = this.#writing(() => {
      const written = writes.map((write) => this.#insert(write, now, states));
      for (const [table, state] of states) table.save(state);
      return written;
    });
    for (const [table, state] of states) table.state = state;
    return positions;
  }

  /** Whether the file was deleted while it was open. */
  get gone(): boolean {
    return this.#options.file.gone;
  }

  health(): StreamHealth {
    const why = this.gone ? 'its file is gone, and what was only in it' : this.#health.why;
    return { writable: why === null, why };
  }

  /**
   * Looks whether the file is still there, and after a write that failed tries a small one: a process that nobody
   * sends to, because it is not ready, would never learn that the disk has room again.
   */
  probe(): void {
    this.#options.file.look();
    if (this.gone || this.health().writable) return;
    const table = this.#table('requests');
    try {
      this.#writing(() => table.save(table.state));
    } catch {
      // Said by the first that failed.
    }
  }

  retain(): boolean {
    return TOPICS.filter((topic) => this.#retainTopic(topic)).length > 0;
  }

  close(): void {
    const { database, log } = this.#options;
    try {
      database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    } catch (error) {
      // Nothing is lost: the next open reads the WAL.
      log.warn('stream.checkpoint_failed', { error: text(error) });
    }
    database.close();
  }

  #insert(
    { records, commit }: Write,
    now: number,
    states: Map<TopicTable, TopicState>,
  ): Position[] {
    if (commit !== null) this.#commit(commit);
    return records.map((record) => {
      const table = this.#table(record.topic);
      let state = states.get(table);
      if (state === undefined) {
        state = { ...table.state, lastTime: Math.max(now, table.state.lastTime) };
        states.set(table, state);
      }
      const offset = state.end++;
      table.insert(record, offset, state.lastTime);
      state.bytes += record.value?.byteLength ?? 0;
      return { partition: record.partition, offset };
    });
  }

  #commit({ topic, group, partition, nextOffset }: GroupOffset): void {
    this.#saveOffset.run(topic, group, partition, nextOffset);
  }

  /** True when a whole step was deleted, so that there may be more. */
  #retainTopic(topic: Topic): boolean {
    const table = this.#table(topic);
    const { state } = table;
    const now = Math.max(this.#options.clock(), state.lastTime);
    const gone = this.#reading(() =>
      expired(table.deletable(STEP_RECORDS), this.#options.retention[topic], now, state.bytes),
    );
    if (gone.length === 0) return false;
    const step = firstBytes(gone, STEP_BYTES);
    const bytes = step.reduce((left, { size }) => left - size, state.bytes);
    const after = { ...state, bytes };
    this.#writing(() => {
      for (const { offset } of step) table.delete(offset);
      table.save(after);
    });
    this.#reading(() => table.deleted(after));
    return step.length === STEP_RECORDS || step.length < gone.length;
  }

  #writing<T>(body: () => T): T {
    this.#options.file.check();
    try {
      const result = this.#transaction.run(body);
      this.#health.worked();
      return result;
    } catch (error) {
      this.#health.failed(error);
      throw error;
    }
  }

  #reading<T>(body: () => T): T {
    try {
      return body();
    } catch (error) {
      throw readFailed(this.#options.path, error);
    }
  }

  #table(topic: Topic): TopicTable {
    return this.#tables.get(topic)!;
  }
}

/** The first of them, at least one, up to so many bytes. */
function firstBytes(kept: readonly Kept[], maxBytes: number): readonly Kept[] {
  let bytes = 0;
  const over = kept.findIndex(({ size }, index) => {
    bytes += size;
    return index > 0 && bytes > maxBytes;
  });
  return over === -1 ? kept : kept.slice(0, over);
}
