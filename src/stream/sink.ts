import type { AppendRecord, Position, Topic } from './record.ts';

/**
 * The append side of the stream.
 *
 * Contract (test/stream/contract.ts runs it over every adapter):
 * - `append` resolves when every record is durable, in the order given within a partition, and two calls
 *   made one after the other keep their order too. All records of one call become visible together, or none; Kafka
 *   promises that for each partition and 8 MiB only, and says `inDoubt` when it has some of them.
 * - The stream stamps append time itself. It never runs backwards within a partition, unless Kafka has moved the
 *   partition to a broker whose clock is behind: who needs it takes the running maximum.
 * - Waiting bytes are bounded: over the bound `append` rejects with {@link StreamFull} at once.
 * - The bytes belong to the stream until the promise settles; afterwards the caller may use them again.
 * - Keys are text: a lone surrogate becomes U+FFFD. An empty value is a value, only null deletes.
 * - An unknown topic or partition rejects with a RangeError.
 * - When the stream cannot be written, `append` rejects with {@link StreamUnavailable}; the records are then
 *   not in the stream, unless the error says `inDoubt`.
 * - A record, or a call, that no retry can make fit rejects with {@link RecordTooLarge}.
 * - After `close` every call rejects with {@link StreamUnavailable}; `close` waits for what was already given,
 *   and may be called twice.
 */
export interface RecordSink {
  /** How many partitions a topic has; fixed for the life of the stream. */
  partitions(topic: Topic): number;
  append(records: readonly AppendRecord[]): Promise<readonly Position[]>;
  close(): Promise<void>;
}

/** What a receiver needs of it, which need not be told where its records are. */
export interface RecordTaker {
  partitions(topic: Topic): number;
  /** @throws also RateLimited, where senders are bounded */
  append(records: readonly AppendRecord[], sent?: Sent): Promise<unknown>;
}

/** What a provider sent that became the records. */
export interface Sent {
  provider: string;
  /** Of its own: lines, spans. */
  records: number;
}
