import type { Log } from '../../telemetry/log.ts';
import type { Growth } from '../../telemetry/metrics.ts';
import { admit } from '../checks.ts';
import type { KafkaOptions } from '../kafka/options.ts';
import { topicName } from '../kafka/topics.ts';
import type { AppendRecord } from '../record.ts';
import type { Bounded, LaneAnswer, LaneCalls, LaneFrame } from './calls.ts';
import type { Target } from './frame.ts';
import { LaneConnection } from './lane-connection.ts';
import { GrowthSum, type LaneFigures } from './lane-figures.ts';
import { LanePartition } from './lane-partition.ts';
import { Outbox, type Sql } from './outbox.ts';
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
  readonly #partitions = new Map<string, LanePartition>();
  #waitingBytes = 0;
  #appendedRecords = 0;
  #spilledRecords = 0;
  readonly #limits = new RateLimits();
  readonly #growth = new GrowthSum();
  #isDraining = false;
  #pauseMs = FIRST_PAUSE_MS;

  constructor(options: LaneOptions) {
    this.#options = options;
    this.#connection = new LaneConnection(options);
    this.#outbox = new Outbox(options.sql, options.maxOutboxBytes);
    const left = this.#outbox.targets();
    for (const target of left) this.#partition(target, true);
    if (left.length > 0) options.wakeIn(0);
  }

  async append(frames: readonly LaneFrame[], bounded: Bounded | null): Promise<LaneAnswer> {
    let bytes = 0;
    for (const { frame } of frames) bytes += frame.byteLength;
    try {
      if (bounded !== null) this.#limits.take(bounded, this.#options.clock());
      admit(bytes, this.#waitingBytes, this.#options.maxWaitingBytes);
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
  async wake(): Promise<void> {
    if (this.#isDraining) return;
    this.#isDraining = true;
    try {
      const drained = await this.#connection.use(() =>
        Promise.all(this.#outbox.targets().map((target) => this.#partition(target).drain())),
      );
      this.#pauseMs = drained.every(Boolean)
        ? FIRST_PAUSE_MS
        : Math.min(2 * this.#pauseMs, LONGEST_PAUSE_MS);
    } finally {
      this.#isDraining = false;
      if (this.#outbox.targets().length > 0) this.#options.wakeIn(this.#pauseMs);
    }
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
    const key = `${target.topic}/${target.partition}`;
    const known = this.#partitions.get(key);
    if (known !== undefined) return known;
    const { kafka, instead, wakeIn, log } = this.#options;
    const { cluster, reach } = this.#connection;
    const partition = new LanePartition(
      {
        target,
        name: topicName(kafka.prefix, target.topic),
        cluster,
        reach,
        outbox: this.#outbox,
        instead,
        spilled: () => wakeIn(this.#pauseMs),
        log,
      },
      isSpilling,
    );
    this.#partitions.set(key, partition);
    return partition;
  }
}

/** Between two tries to append what waits, ms. */
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 4_000;
