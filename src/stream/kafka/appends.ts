import type { Log } from '../../telemetry/log.ts';
import { admit } from '../checks.ts';
import { StreamUnavailable } from '../errors.ts';
import type { StreamHealth } from '../health.ts';
import { type Piece, partitionKey, piecesOf } from '../pieces.ts';
import { type AppendRecord, type Position, TOPICS, type Topic } from '../record.ts';
import type { KafkaCluster } from './client.ts';
import { PartitionAppender } from './partition-appender.ts';
import { leaderOf, patiently } from './patience.ts';

export interface AppendsOptions {
  cluster: KafkaCluster;
  nameOf(topic: Topic): string;
  maxWaitingBytes: number;
  /** How long an append may wait and be tried, ms. */
  forMs: number;
  /** Aborted when the stream is closed. */
  closed: AbortSignal;
  log: Log;
}

/** The appends to all partitions: what waits is bounded, and whether it goes is known. */
export class Appends {
  readonly #options: AppendsOptions;
  readonly #appenders = new Map<string, PartitionAppender>();
  #waitingBytes = 0;
  /** By the last append, or by a look since. */
  health: StreamHealth = { writable: true, why: null };

  constructor(options: AppendsOptions) {
    this.#options = options;
  }

  /** @throws StreamFull, RecordTooLarge and what {@link Appends.write} throws */
  async append(records: readonly AppendRecord[], bytes: number): Promise<readonly Position[]> {
    admit(bytes, this.#waitingBytes, this.#options.maxWaitingBytes);
    return this.write(records);
  }

  /** However much waits. @throws StreamUnavailable, RecordTooLarge */
  async write(records: readonly AppendRecord[]): Promise<readonly Position[]> {
    const positions = new Array<Position>(records.length);
    const writes = piecesOf(records, PIECE_BYTES).map((piece) => this.#write(piece, positions));
    const results = await Promise.allSettled(writes);
    const failed = results.filter((result) => result.status === 'rejected');
    if (failed.length === 0) {
      if (!this.health.writable) this.health = { writable: true, why: null };
      return positions;
    }
    const error = failed[0]!.reason as Error;
    if (!(error instanceof StreamUnavailable)) throw error;
    this.#lookAgain(error.message);
    const isInDoubt = ({ reason }: PromiseRejectedResult) => reason.inDoubt === true;
    const inDoubt = failed.length < results.length || failed.some(isInDoubt);
    throw new StreamUnavailable(error.message, { cause: error, inDoubt });
  }

  async drained(): Promise<void> {
    await Promise.all([...this.#appenders.values()].map((appender) => appender.drained()));
  }

  async #write({ indexes, records, bytes }: Piece, positions: Position[]): Promise<void> {
    const { topic, partition } = records[0]!;
    this.#waitingBytes += bytes;
    try {
      const first = await this.#appender(topic, partition).add(records, bytes);
      indexes.forEach((index, at) => {
        positions[index] = { partition, offset: first + at };
      });
    } finally {
      this.#waitingBytes -= bytes;
    }
  }

  #appender(topic: Topic, partition: number): PartitionAppender {
    const key = partitionKey({ topic, partition });
    let appender = this.#appenders.get(key);
    if (appender === undefined) {
      const { nameOf } = this.#options;
      appender = new PartitionAppender({ ...this.#options, topic: nameOf(topic), partition });
      this.#appenders.set(key, appender);
    }
    return appender;
  }

  /** Whoever is not ready is sent nothing to append, so it looks by itself for when it is again. */
  #lookAgain(why: string): void {
    const isLooking = !this.health.writable;
    this.health = { writable: false, why };
    const { cluster, nameOf, closed, log } = this.#options;
    if (isLooking || closed.aborted) return;
    const look = async () => {
      await cluster.refreshMetadata();
      for (const topic of TOPICS) await leaderOf(cluster, nameOf(topic), 0);
      this.health = { writable: true, why: null };
    };
    const patience = { forMs: Number.POSITIVE_INFINITY, stopping: closed, log };
    patiently(cluster, look, patience).catch((error: unknown) => {
      log.warn('kafka_unwritable', { error: String(error) });
    });
  }
}

/** Half of what a topic takes in one batch. */
export const PIECE_BYTES = 8 * 1024 * 1024;
