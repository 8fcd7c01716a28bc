import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../../telemetry/log.ts';
import { RecordTooLarge, StreamFull, StreamUnavailable, StreamUnusable } from '../errors.ts';
import type { KafkaCluster } from '../kafka/client.ts';
import { hasLostProducer, isTooLarge, isWritten, rootOf } from '../kafka/kafka-errors.ts';
import { type BatchNumber, PartitionProducer } from '../kafka/partition-producer.ts';
import { leaderOf, patiently } from '../kafka/patience.ts';
import type { AppendRecord } from '../record.ts';
import { decodeFrame, type Target } from './frame.ts';
import type { Outbox, OutboxBatch } from './outbox.ts';
import { BATCH_BYTES, DRAIN_MS, OutboxDrain } from './outbox-drain.ts';

export interface LanePartitionOptions {
  target: Target;
  /** Kafka's name of the topic. */
  name: string;
  cluster: KafkaCluster;
  /** Resolves when the cluster can be asked. */
  reach(): Promise<void>;
  outbox: Outbox;
  /** @see OutboxDrainOptions.instead */
  instead(record: AppendRecord): AppendRecord | null;
  /** Something waits in the outbox. */
  spilled(): void;
  log: Log;
  patience?: LanePatience;
}

export interface LanePatience {
  /** No try begins after it, ms. */
  tryMs: number;
  /** What has no answer by then waits in the outbox, ms. */
  answerMs: number;
  /** No batch of the outbox is begun after it, ms. */
  drainMs: number;
}

type Kept = 'brokers' | 'outbox';

interface Waiting {
  frame: Uint8Array;
  records: readonly AppendRecord[];
  resolve(kept: Kept): void;
  reject(error: unknown): void;
}

/**
 * One partition's way through a lane: to its leader, or to the outbox while that cannot be done in time, and then all that
 * comes after it too, so that the order is kept.
 */
export class LanePartition {
  readonly #options: LanePartitionOptions;
  readonly #producer: PartitionProducer;
  readonly #drain: OutboxDrain;
  #waiting: Waiting[] = [];
  /** So many of them must be sent each for itself: together they were too large. */
  #apart = 0;
  #isRunning = false;
  /** The newest send, of which nobody may know how it ended. */
  #sending: Promise<unknown> = Promise.resolve();
  #isSpilling: boolean;

  /** @param isSpilling something of it waits in the outbox already */
  constructor(options: LanePartitionOptions, isSpilling: boolean) {
    const { cluster, name, target } = options;
    this.#options = options;
    this.#producer = new PartitionProducer(cluster, name, target.partition);
    this.#isSpilling = isSpilling;
    this.#drain = new OutboxDrain({
      ...options,
      send: (records, batch) => this.#sendKept(records, batch),
      sendAlone: (record) => this.#inTime((isOver) => this.#sendOnce([record], isOver)),
      isTooLarge,
      emptied: () => {
        this.#isSpilling = false;
      },
    });
  }

  /** Resolves to where it is durable. @throws StreamFull, RecordTooLarge, StreamUnavailable, FrameUnreadable */
  add(frame: Uint8Array): Promise<Kept> {
    return new Promise((resolve, reject) => {
      // Before it can be acknowledged: what nobody can read would be lost after that.
      const records = decodeFrame(frame, this.#options.target);
      this.#waiting.push({ frame, records, resolve, reject });
      void this.#run();
    });
  }

  async #run(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    while (this.#waiting.length > 0) {
      // What comes in one turn is in one transaction: each costs a write to the disk, during which nothing else runs.
      if (this.#isSpilling) await sleep(0);
      if (this.#isSpilling) this.#keepWaiting();
      else await this.#append(this.#take());
    }
    this.#isRunning = false;
  }

  #take(): Waiting[] {
    if (this.#apart > 0) {
      this.#apart--;
      return this.#waiting.splice(0, 1);
    }
    let count = 0;
    let bytes = 0;
    for (const { frame } of this.#waiting) {
      bytes += frame.byteLength;
      if (count > 0 && bytes > BATCH_BYTES) break;
      count++;
    }
    return this.#waiting.splice(0, count);
  }

  /** Never rejects: each of them is told. */
  async #append(batch: readonly Waiting[]): Promise<void> {
    try {
      const records = batch.flatMap((waiting) => waiting.records);
      await this.#inTime((isOver) => this.#sendOnce(records, isOver));
      for (const { resolve } of batch) resolve('brokers');
    } catch (error) {
      const message = String(rootOf(error).message);
      if (isTooLarge(error) && batch.length > 1) {
        this.#waiting.unshift(...batch);
        this.#apart = batch.length;
      } else if (isTooLarge(error)) batch[0]!.reject(new RecordTooLarge(message));
      else if (error instanceof StreamUnusable) {
        for (const { reject } of batch) reject(new StreamUnavailable(message, { cause: error }));
      } else this.#spill(batch, error);
    }
  }

  async #sendOnce(records: readonly AppendRecord[], isOver: AbortSignal): Promise<void> {
    await this.#options.reach();
    const number = await this.#producer.number();
    // Who gave up has noted the number that it may have been sent under: none.
    isOver.throwIfAborted();
    await this.#producer.send(records, number).catch(orIsWritten);
    this.#producer.written(number, records.length);
  }

  /** What comes too late may still be written; nothing else is sent before its end is known. */
  async #inTime(
    send: (isOver: AbortSignal) => Promise<void>,
    hasLost = () => this.#producer.forget(),
  ): Promise<void> {
    const { cluster, log, patience = PATIENCE } = this.#options;
    const over = new AbortController();
    const tries = () =>
      patiently(cluster, () => send(over.signal), {
        forMs: patience.tryMs,
        stopping: over.signal,
        log,
        failed: (error) => {
          if (hasLostProducer(error)) hasLost();
        },
        enough: (error) => error instanceof StreamUnusable,
      });
    // The one before was given up, and had no room in the outbox: else nothing would be sent but by draining.
    const sending = this.#sending.then(tries);
    this.#sending = sending.catch(() => {});
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        over.abort();
        reject(new Error(`no answer in ${patience.answerMs} ms`));
      }, patience.answerMs);
    });
    try {
      await Promise.race([sending, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** All of it at once: what is acknowledged from now on comes after it. */
  #spill(batch: readonly Waiting[], error: unknown): void {
    try {
      this.#keepAll(batch, error);
    } catch (storage) {
      for (const { reject } of [...batch, ...this.#waiting.splice(0)]) reject(storage);
    }
  }

  #keepAll(batch: readonly Waiting[], error: unknown): void {
    const { target, log, spilled } = this.#options;
    const { newest } = this.#producer;
    log.warn('lane_spills', { ...target, error: rootOf(error).message });
    const inDoubt = newest !== null;
    const rows = batch.map((waiting) => this.#keep(waiting, inDoubt));
    const after = this.#keepWaiting();
    this.#apart = 0;
    this.#isSpilling = [...rows, ...after].some((row) => row !== null);
    if (this.#isSpilling) spilled();
    const upTo = rows.every((row) => row !== null) ? rows.at(-1)! : null;
    if (newest === null || upTo === null) this.#producer.forget();
    else this.#begin(upTo, newest);
  }

  /** It is to be sent again as it was. What cannot be noted is sent under another number: twice is better than never. */
  #begin(upTo: number, number: BatchNumber): void {
    const { outbox, target, log } = this.#options;
    try {
      outbox.begin(target, upTo, number);
    } catch (error) {
      log.error('outbox_number_lost', { ...target, error: String(error) });
      this.#producer.forget();
    }
  }

  #keepWaiting(): (number | null)[] {
    return this.#waiting.splice(0).map((waiting) => this.#keep(waiting, false));
  }

  /** The row of its end; null when there is no room. */
  #keep({ frame, resolve, reject }: Waiting, inDoubt: boolean): number | null {
    try {
      const row = this.#options.outbox.put(this.#options.target, frame);
      resolve('outbox');
      return row;
    } catch (error) {
      const isFull = error instanceof StreamFull;
      reject(inDoubt && isFull ? new StreamUnavailable(error.message, { inDoubt }) : error);
      return null;
    }
  }

  /** Sends what waits in the outbox, for some seconds. False when something is left. */
  async drain(): Promise<boolean> {
    const { cluster, name, target, reach, log, patience = PATIENCE } = this.#options;
    await this.#sending;
    try {
      // Nothing is read of it, perhaps for hours, while nobody is there to take it.
      await this.#inTime(async () => {
        await reach();
        await leaderOf(cluster, name, target.partition);
      });
      return await this.#drain.run(patience.drainMs);
    } catch (error) {
      log.warn('outbox_waits', { ...target, error: rootOf(error).message });
      return false;
    }
  }

  async #sendKept(records: readonly AppendRecord[], batch: OutboxBatch): Promise<void> {
    const { outbox, target, reach } = this.#options;
    let { number } = batch;
    const send = async (isOver: AbortSignal) => {
      await reach();
      if (number === null) {
        number = await this.#producer.number();
        isOver.throwIfAborted();
        outbox.begin(target, batch.upTo, number);
      }
      await this.#producer.send(records, number).catch(orIsWritten);
      this.#producer.written(number, records.length);
    };
    const hasLost = () => {
      this.#producer.forget();
      outbox.unnumber(target);
      number = null;
    };
    await this.#inTime(send, hasLost);
  }
}

/** Kafka knows the number: what was in doubt is there. */
function orIsWritten(error: unknown): void {
  if (!isWritten(error)) throw error;
}

/** Senders wait for 5 s and more. */
const PATIENCE: LanePatience = { tryMs: 2_500, answerMs: 4_000, drainMs: DRAIN_MS };
