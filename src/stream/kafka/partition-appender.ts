import type { Log } from '../../telemetry/log.ts';
import { RecordTooLarge, StreamUnavailable } from '../errors.ts';
import type { AppendRecord } from '../record.ts';
import type { KafkaCluster } from './client.ts';
import { hasLostProducer, isNotWritten, isTooLarge, portError } from './kafka-errors.ts';
import { PartitionProducer } from './partition-producer.ts';
import { patiently } from './patience.ts';

export interface AppenderOptions {
  cluster: KafkaCluster;
  /** Kafka's name of the topic. */
  topic: string;
  partition: number;
  /** How long an append may wait and be tried, ms. */
  forMs: number;
  log: Log;
}

interface Waiting {
  records: readonly AppendRecord[];
  bytes: number;
  /** No try begins any more after it; of the monotonic clock, ms. */
  late: number;
  /** With the offset of the first. */
  resolve(offset: number): void;
  reject(error: unknown): void;
}

/**
 * Appends to one partition, one request under way at a time: with several, kafkajs or Kafka may lose or repeat some when
 * a leader dies. What is added meanwhile goes with the next. Requests are numbered, so that one that is tried again is
 * written once.
 */
export class PartitionAppender {
  readonly #options: AppenderOptions;
  #waiting: Waiting[] = [];
  #running: Promise<void> | null = null;
  readonly #producer: PartitionProducer;

  constructor(options: AppenderOptions) {
    this.#options = options;
    this.#producer = new PartitionProducer(options.cluster, options.topic, options.partition);
  }

  /** All of them together, or none. Resolves to the offset of the first once all replicas in sync have them. */
  add(records: readonly AppendRecord[], bytes: number): Promise<number> {
    return new Promise((resolve, reject) => {
      const late = performance.now() + this.#options.forMs;
      this.#waiting.push({ records, bytes, late, resolve, reject });
      this.#running ??= this.#run().finally(() => {
        this.#running = null;
      });
    });
  }

  /** Resolves when nothing waits any more. */
  async drained(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    // What the same turn adds goes along.
    await Promise.resolve();
    while (this.#waiting.length > 0) await this.#append(this.#take());
  }

  #take(): Waiting[] {
    let count = 0;
    let bytes = 0;
    for (const waiting of this.#waiting) {
      bytes += waiting.bytes;
      if (count > 0 && bytes > BATCH_BYTES) break;
      count++;
    }
    return this.#waiting.splice(0, count);
  }

  async #append(batch: readonly Waiting[]): Promise<void> {
    try {
      const forMs = batch[0]!.late - performance.now();
      const all = batch.flatMap(({ records }) => records);
      let offset = await this.#send(all, forMs);
      for (const { records, resolve } of batch) {
        resolve(offset);
        offset += records.length;
      }
    } catch (error) {
      if (error instanceof RecordTooLarge && batch.length > 1) {
        for (const one of batch) await this.#append([one]);
        return;
      }
      for (const { reject } of batch) reject(error);
      if (error instanceof StreamUnavailable) this.#refuse(batch[0]!.late + SAME_TIME_MS, error);
    }
  }

  /** Those that waited as long as what was given up: without a leader each would be tried for as long again. */
  #refuse(late: number, { message, cause }: StreamUnavailable): void {
    const refused = this.#waiting.filter((waiting) => waiting.late <= late);
    this.#waiting = this.#waiting.filter((waiting) => waiting.late > late);
    for (const { reject } of refused) reject(new StreamUnavailable(message, { cause }));
  }

  async #send(records: readonly AppendRecord[], forMs: number): Promise<number> {
    const { cluster, topic, partition, log } = this.#options;
    const producer = this.#producer;
    let inDoubt = false;
    try {
      return await patiently(cluster, () => this.#sendOnce(records), {
        forMs,
        log,
        failed: (error) => {
          inDoubt ||= !isNotWritten(error) && !isTooLarge(error);
          if (hasLostProducer(error)) producer.forget();
        },
      });
    } catch (error) {
      // Its number must never be another request's: that would be taken for this one, and not be written.
      producer.forget();
      throw portError(`${topic}/${partition} cannot be written`, error, inDoubt);
    }
  }

  async #sendOnce(records: readonly AppendRecord[]): Promise<number> {
    const number = await this.#producer.number();
    const offset = await this.#producer.send(records, number);
    this.#producer.written(number, records.length);
    return offset;
  }
}

const SAME_TIME_MS = 1_000;
/** Unless one append alone has more. */
const BATCH_BYTES = 1024 * 1024;
