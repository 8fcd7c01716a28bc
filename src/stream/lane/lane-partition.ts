import type { Log } from '../../telemetry/log.ts';
import { RecordTooLarge } from '../errors.ts';
import type { KafkaCluster } from '../kafka/client.ts';
import { hasLostProducer, isTooLarge, isWritten, rootOf } from '../kafka/kafka-errors.ts';
import { PartitionProducer } from '../kafka/partition-producer.ts';
import { patiently } from '../kafka/patience.ts';
import type { AppendRecord } from '../record.ts';
import { decodeFrame, type Target } from './frame.ts';
import type { Outbox, OutboxBatch } from './outbox.ts';

export interface LanePartitionOptions {
  target: Target;
  /** Kafka's name of the topic. */
  name: string;
  cluster: KafkaCluster;
  /** Resolves when the cluster can be asked. */
  reach(): Promise<void>;
  outbox: Outbox;
  /** What is appended instead of a record that was acknowledged and that the brokers will never take; null: nothing. */
  instead(record: AppendRecord): AppendRecord | null;
  /** Something waits in the outbox. */
  spilled(): void;
  log: Log;
}

type Kept = 'brokers' | 'outbox';

interface Waiting {
  frame: Uint8Array;
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
  #waiting: Waiting[] = [];
  #running: Promise<void> | null = null;
  /** The newest send, of which nobody may know how it ended. */
  #sending: Promise<unknown> = Promise.resolve();
  #isSpilling: boolean;

  /** @param isSpilling something of it waits in the outbox already */
  constructor(options: LanePartitionOptions, isSpilling: boolean) {
    const { cluster, name, target } = options;
    this.#options = options;
    this.#producer = new PartitionProducer(cluster, name, target.partition);
    this.#isSpilling = isSpilling;
  }

  /** Resolves to where it is durable. @throws StreamFull, RecordTooLarge */
  async add(frame: Uint8Array): Promise<Kept> {
    if (this.#isSpilling) {
      this.#options.outbox.put(this.#options.target, frame);
      return 'outbox';
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ frame, resolve, reject });
      this.#running ??= this.#run().finally(() => {
        this.#running = null;
      });
    });
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) await this.#append(this.#take());
  }

  #take(): Waiting[] {
    let count = 0;
    let bytes = 0;
    for (const { frame } of this.#waiting) {
      bytes += frame.byteLength;
      if (count > 0 && bytes > BATCH_BYTES) break;
      count++;
    }
    return this.#waiting.splice(0, count);
  }

  async #append(batch: readonly Waiting[]): Promise<void> {
    if (this.#isSpilling) {
      for (const waiting of batch) this.#keep(waiting);
      return;
    }
    try {
      await this.#sendInTime(this.#recordsOf(batch.map(({ frame }) => frame)));
      for (const { resolve } of batch) resolve('brokers');
    } catch (error) {
      if (!isTooLarge(error)) {
        this.#spill(batch, error);
      } else if (batch.length > 1) {
        for (const one of batch) await this.#append([one]);
      } else {
        batch[0]!.reject(new RecordTooLarge(String(rootOf(error).message)));
      }
    }
  }

  async #sendInTime(records: readonly AppendRecord[]): Promise<void> {
    const { cluster, log } = this.#options;
    const sending = patiently(cluster, () => this.#sendOnce(records), {
      forMs: TRY_MS,
      log,
      failed: (error) => {
        if (hasLostProducer(error)) this.#producer.forget();
      },
    });
    await this.#inTime(sending);
  }

  async #sendOnce(records: readonly AppendRecord[]): Promise<void> {
    await this.#options.reach();
    const number = await this.#producer.number();
    await this.#producer.send(records, number).catch(orIsWritten);
    this.#producer.written(number, records.length);
  }

  /** What comes too late may still be written; nothing else is sent before its end is known. */
  async #inTime(sending: Promise<unknown>): Promise<void> {
    this.#sending = sending.catch(() => {});
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer in ${ANSWER_MS} ms`)), ANSWER_MS);
    });
    try {
      await Promise.race([sending, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** All of it at once: what is acknowledged from now on comes after it. */
  #spill(batch: readonly Waiting[], error: unknown): void {
    const { outbox, target, log, spilled } = this.#options;
    const { newest } = this.#producer;
    log.warn('lane_spills', { ...target, error: rootOf(error).message });
    this.#isSpilling = true;
    const kept = batch.every((waiting) => this.#keep(waiting));
    // In doubt: it is to be sent again as it was.
    const row = outbox.head(target, Number.POSITIVE_INFINITY)?.upTo;
    if (kept && newest !== null && row !== undefined) outbox.begin(target, row, newest);
    else this.#producer.forget();
    for (const waiting of this.#waiting.splice(0)) this.#keep(waiting);
    spilled();
  }

  #keep({ frame, resolve, reject }: Waiting): boolean {
    try {
      this.#options.outbox.put(this.#options.target, frame);
      resolve('outbox');
      return true;
    } catch (error) {
      reject(error);
      return false;
    }
  }

  /** Sends what waits in the outbox. False when something is left. */
  async drain(): Promise<boolean> {
    const { outbox, target, log } = this.#options;
    await this.#sending;
    for (;;) {
      const batch = outbox.head(target, BATCH_BYTES);
      if (batch === null) {
        this.#isSpilling = false;
        return true;
      }
      try {
        await this.#sendKept(batch);
      } catch (error) {
        log.warn('outbox_waits', { ...target, error: rootOf(error).message });
        return false;
      }
      outbox.done(target, batch);
    }
  }

  async #sendKept(batch: OutboxBatch): Promise<void> {
    const { outbox, target, reach } = this.#options;
    const records = this.#recordsOf(batch.frames);
    await reach();
    const number = batch.number ?? (await this.#producer.number());
    if (batch.number === null) outbox.begin(target, batch.upTo, number);
    try {
      await this.#inTime(this.#producer.send(records, number).catch(orIsWritten));
      this.#producer.written(number, records.length);
    } catch (error) {
      if (isTooLarge(error)) return this.#sendApart(records);
      if (hasLostProducer(error)) {
        this.#producer.forget();
        outbox.unnumber(target);
      }
      throw error;
    }
  }

  /** Whatever may never be sent must not be in the way of what comes after it. */
  async #sendApart(records: readonly AppendRecord[]): Promise<void> {
    const { instead, target, log } = this.#options;
    for (const record of records) {
      try {
        await this.#inTime(this.#sendOnce([record]));
      } catch (error) {
        if (!isTooLarge(error)) throw error;
        log.error('record_too_large', { ...target, bytes: record.value?.byteLength ?? 0 });
        const other = instead(record);
        if (other !== null) await this.#inTime(this.#sendOnce([other]));
      }
    }
  }

  #recordsOf(frames: readonly Uint8Array[]): AppendRecord[] {
    return frames.flatMap((frame) => decodeFrame(frame, this.#options.target));
  }
}

/** Kafka knows the number: what was in doubt is there. */
function orIsWritten(error: unknown): void {
  if (!isWritten(error)) throw error;
}

/** No try begins after it, ms. */
const TRY_MS = 2_500;
/** What has no answer by then waits in the outbox: senders wait for 5 s and more. */
const ANSWER_MS = 4_000;
/** Unless one frame alone has more. */
const BATCH_BYTES = 1024 * 1024;
