import type { Log } from '../../telemetry/log.ts';
import type { Growth } from '../../telemetry/metrics.ts';
import { admit } from '../checks.ts';
import type { KafkaOptions } from '../kafka/options.ts';
import { topicName } from '../kafka/topics.ts';
import { partitionKey } from '../pieces.ts';
import type { AppendRecord } from '../record.ts';
import type { Bounded, LaneAnswer, LaneCalls, LaneFrame } from './calls.ts';
import type { Target } from './frame.ts';
import { LaneConnection } from './lane-connection.ts';
import { GrowthSum, type LaneFigures } from './lane-figures.ts';
import { LanePartition } from './lane-partition.ts';
import { Outbox, type Sql } from './outbox.ts';
import { OutboxTurns } from './outbox-turns.ts';
import { RateLimits } from './rate-limits.ts';
import { refusalOf } from './refusal.ts';

export interface LaneOptions {
  kafka: KafkaOptions;
  /** Partitions of `requests` that senders reckon with. */
  partitions: number;
  /** Its own, and durable. */
  sql: Sql;
  maxWaitingBytes: number;
  maxOutboxBytes: number;
  /** @see LanePartitionOptions.instead */
  instead(record: AppendRecord): AppendRecord | null;
  /** Asks for a {@link Lane.wake} in so many ms, also if this process is gone by then. */
  wakeIn(ms: number): void;
  /** Wall clock, ms since the epoch. */
  clock: () => number;
  log: Log;
}

/**
 * Takes frames from Workers and appends them to some partitions of a Kafka. What the brokers do not take in time it keeps in
 * its outbox, durably, and appends when they do.
 */
export class Lane implements LaneCalls {
  readonly #options: LaneOptions;
  readonly #connection: LaneConnection;
  readonly #outbox: Outbox;
  readonly #turns: OutboxTurns;
  readonly #partitions = new Map<string, LanePartition>();
  #waitingBytes = 0;
  #appendedRecords = 0;
  #spilledRecords = 0;
  readonly #limits = new RateLimits();
  readonly #growth = new GrowthSum();

  constructor(options: LaneOptions) {
    this.#options = options;
    this.#connection = new LaneConnection(options);
    this.#outbox = new Outbox(options.sql, options.maxOutboxBytes);
    this.#turns = new OutboxTurns(this.#outbox, options.wakeIn);
    for (const target of this.#outbox.targets()) this.#partition(target, true);
  }

  async append(frames: readonly LaneFrame[], bounded: Bounded | null): Promise<LaneAnswer> {
    let bytes = 0;
    for (const { frame } of frames) bytes += frame.byteLength;
    try {
      admit(bytes, this.#waitingBytes, this.#options.maxWaitingBytes);
      if (bounded !== null) this.#limits.take(bounded, this.#options.clock());
    } catch (error) {
      return refusalOf(error, false);
    }
    this.#waitingBytes += bytes;
    try {
      return await this.#connection.use(() => this.#append(frames));
    } finally {
      this.#waitingBytes -= bytes;
    }
  }

  async count(growth: readonly Growth[]): Promise<void> {
    this.#growth.add(growth);
  }

  async #append(frames: readonly LaneFrame[]): Promise<LaneAnswer> {
    const added = frames.map(async ({ topic, partition, records, frame }) => {
      const taken = await this.#partition({ topic, partition }).add(frame);
      if (taken === 'brokers') this.#appendedRecords += records;
      else this.#spilledRecords += records;
    });
    const failed = (await Promise.allSettled(added)).filter(({ status }) => status === 'rejected');
    const [first] = failed as PromiseRejectedResult[];
    if (first === undefined) return { refused: null };
    return refusalOf(first.reason, failed.length < frames.length);
  }

  /** Appends what waits in the outbox, and asks to be woken again as long as there is something. */
  wake(): Promise<void> {
    return this.#connection.use(() =>
      this.#turns.take((target) => this.#partition(target).drain()),
    );
  }

  figures(): LaneFigures {
    return {
      appendedRecords: this.#appendedRecords,
      spilledRecords: this.#spilledRecords,
      outboxBytes: this.#outbox.bytes,
      waitingBytes: this.#waitingBytes,
      connected: this.#connection.isOpen,
      growth: this.#growth.list(),
    };
  }

  #partition(target: Target, isSpilling = false): LanePartition {
    const key = partitionKey(target);
    const known = this.#partitions.get(key);
    if (known !== undefined) return known;
    const { kafka, instead, log } = this.#options;
    const { cluster, reach } = this.#connection;
    const partition = new LanePartition(
      {
        target,
        name: topicName(kafka.prefix, target.topic),
        cluster,
        reach,
        outbox: this.#outbox,
        instead,
        spilled: this.#turns.askForOne,
        log,
      },
      isSpilling,
    );
    this.#partitions.set(key, partition);
    return partition;
  }
}
