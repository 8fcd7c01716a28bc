import { StreamFull } from '../errors.ts';
import type { BatchNumber } from '../kafka/partition-producer.ts';
import { partitionKey } from '../pieces.ts';
import type { Topic } from '../record.ts';
import type { Target } from './frame.ts';

/** SQLite as a Durable Object has it: everything until the next await is one transaction. */
export interface Sql {
  exec(query: string, ...bindings: (string | number | null | Uint8Array)[]): Iterable<unknown>;
}

/** The oldest frames of a target, to be sent as one batch. */
export interface OutboxBatch {
  frames: Uint8Array[];
  /** Row of its last frame. */
  upTo: number;
  /** Under which it was, or may have been, sent: it must be sent again as it is. Null: it was not. */
  number: BatchNumber | null;
}

/**
 * What a lane has acknowledged and the brokers do not have yet, by target in the order of arrival. Bounded in bytes. A row
 * has at most {@link ROW_BYTES}, as the platform wants: a longer frame takes several.
 */
export class Outbox {
  readonly #sql: Sql;
  readonly #maxBytes: number;
  /** Frames that wait, by target. To ask for them would read every row, and be paid for, at each turn of an outage. */
  readonly #waiting = new Map<string, { target: Target; frames: number }>();
  #bytes = 0;

  constructor(sql: Sql, maxBytes: number) {
    this.#sql = sql;
    this.#maxBytes = maxBytes;
    for (const statement of SCHEMA) sql.exec(statement);
    const left = this.#rows<Target & { frames: number; bytes: number }>(
      `SELECT topic, partition, sum(is_last) AS frames, sum(length(bytes)) AS bytes
       FROM waiting GROUP BY topic, partition`,
    );
    for (const { topic, partition, frames, bytes } of left) {
      this.#count({ topic, partition }, frames, bytes);
    }
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Those that have something waiting. */
  targets(): Target[] {
    return [...this.#waiting.values()].map(({ target }) => target);
  }

  has(target: Target): boolean {
    return this.#waiting.has(partitionKey(target));
  }

  #count(target: Target, frames: number, bytes: number): void {
    const key = partitionKey(target);
    const now = frames + (this.#waiting.get(key)?.frames ?? 0);
    if (now > 0) this.#waiting.set(key, { target, frames: now });
    else this.#waiting.delete(key);
    this.#bytes += bytes;
  }

  /** @throws StreamFull; then nothing of it is kept. Returns the row of its end */
  put({ topic, partition }: Target, frame: Uint8Array): number {
    if (this.#bytes + frame.byteLength > this.#maxBytes) {
      throw new StreamFull(
        `${this.#bytes} bytes wait in the outbox; with ${frame.byteLength} more it would be over ${this.#maxBytes}`,
      );
    }
    let row = 0;
    for (let at = 0; at === 0 || at < frame.byteLength; at += ROW_BYTES) {
      const isLast = at + ROW_BYTES >= frame.byteLength;
      try {
        row = this.#insert({ topic, partition }, frame.subarray(at, at + ROW_BYTES), isLast);
      } catch (error) {
        this.#dropUnfinished({ topic, partition });
        throw error;
      }
    }
    this.#count({ topic, partition }, 1, frame.byteLength);
    return row;
  }

  #insert({ topic, partition }: Target, piece: Uint8Array, isLast: boolean): number {
    const [inserted] = this.#rows<{ id: number }>(
      'INSERT INTO waiting (topic, partition, is_last, bytes) VALUES (?, ?, ?, ?) RETURNING id',
      topic,
      partition,
      isLast ? 1 : 0,
      piece,
    );
    return inserted!.id;
  }

  /** Pieces without their last would become part of the next frame. */
  #dropUnfinished({ topic, partition }: Target): void {
    this.#sql.exec(
      `DELETE FROM waiting WHERE topic = ?1 AND partition = ?2 AND id >
         (SELECT coalesce(max(id), 0) FROM waiting WHERE topic = ?1 AND partition = ?2 AND is_last = 1)`,
      topic,
      partition,
    );
  }

  /** About so many bytes, a frame at least; or the batch that was begun, whatever it has. Null when nothing waits. */
  head({ topic, partition }: Target, maxBytes: number): OutboxBatch | null {
    const [sent] = this.#rows<SentRow>(
      'SELECT up_to, producer_id, epoch, sequence FROM sent WHERE topic = ? AND partition = ?',
      topic,
      partition,
    );
    const batch: OutboxBatch = { frames: [], upTo: 0, number: sent ? numberOf(sent) : null };
    let pieces: Uint8Array[] = [];
    let bytes = 0;
    const rows = this.#sql.exec(
      'SELECT id, is_last, bytes FROM waiting WHERE topic = ? AND partition = ? AND id <= ? ORDER BY id',
      topic,
      partition,
      sent?.up_to ?? Number.MAX_SAFE_INTEGER,
    ) as Iterable<WaitingRow>;
    for (const { id, is_last, bytes: piece } of rows) {
      pieces.push(new Uint8Array(piece));
      bytes += piece.byteLength;
      if (is_last === 0) continue;
      if (sent === undefined && batch.frames.length > 0 && bytes > maxBytes) break;
      batch.frames.push(joined(pieces));
      batch.upTo = id;
      pieces = [];
    }
    return batch.frames.length === 0 ? null : batch;
  }

  /** From now on it may have been sent under that number. */
  begin({ topic, partition }: Target, upTo: number, number: BatchNumber): void {
    this.#sql.exec(
      'INSERT OR REPLACE INTO sent (topic, partition, up_to, producer_id, epoch, sequence) VALUES (?, ?, ?, ?, ?, ?)',
      topic,
      partition,
      upTo,
      number.producerId,
      number.producerEpoch,
      number.sequence,
    );
  }

  /** The number is good for nothing any more. */
  unnumber({ topic, partition }: Target): void {
    this.#sql.exec('DELETE FROM sent WHERE topic = ? AND partition = ?', topic, partition);
  }

  /** The brokers have it. */
  done(target: Target, { upTo, frames }: OutboxBatch): void {
    const { topic, partition } = target;
    this.unnumber(target);
    this.#sql.exec(
      'DELETE FROM waiting WHERE topic = ? AND partition = ? AND id <= ?',
      topic,
      partition,
      upTo,
    );
    const bytes = frames.reduce((sum, { byteLength }) => sum + byteLength, 0);
    this.#count({ topic, partition }, -frames.length, -bytes);
  }

  #rows<T>(query: string, ...bindings: Parameters<Sql['exec']>[1][]): T[] {
    return [...this.#sql.exec(query, ...bindings)] as T[];
  }
}

interface WaitingRow {
  id: number;
  is_last: number;
  bytes: ArrayBuffer;
}

interface SentRow {
  topic: Topic;
  up_to: number;
  producer_id: number;
  epoch: number;
  sequence: number;
}

const numberOf = ({ producer_id, epoch, sequence }: SentRow): BatchNumber => ({
  producerId: producer_id,
  producerEpoch: epoch,
  sequence,
});

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  if (pieces.length === 1) return pieces[0]!;
  const whole = new Uint8Array(pieces.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.byteLength;
  }
  return whole;
}

/** https://developers.cloudflare.com/durable-objects/platform/limits/: 2 MB. */
const ROW_BYTES = 1_500_000;
const SCHEMA = [
  `CREATE TABLE IF NOT EXISTS waiting (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     topic TEXT NOT NULL,
     partition INTEGER NOT NULL,
     is_last INTEGER NOT NULL,
     bytes BLOB NOT NULL
   )`,
  'CREATE INDEX IF NOT EXISTS waiting_by_target ON waiting (topic, partition, id)',
  `CREATE TABLE IF NOT EXISTS sent (
     topic TEXT NOT NULL,
     partition INTEGER NOT NULL,
     up_to INTEGER NOT NULL,
     producer_id INTEGER NOT NULL,
     epoch INTEGER NOT NULL,
     sequence INTEGER NOT NULL,
     PRIMARY KEY (topic, partition)
   )`,
];
