import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../../telemetry/log.ts';
import type { StreamRecord, Topic } from '../record.ts';
import { type FetchedMessage, type KafkaCluster, READ_UNCOMMITTED } from './client.ts';
import { isOutOfRange, portError } from './kafka-errors.ts';
import { endOf, recordsOf } from './messages.ts';
import { leaderOf, patiently } from './patience.ts';

/** Reading at an offset that is asked for, without a group and without waiting for anything new. */
export class Offsets {
  readonly #cluster: KafkaCluster;
  readonly #nameOf: (topic: Topic) => string;
  readonly #log: Log;
  readonly #stopping: AbortSignal;

  constructor(
    cluster: KafkaCluster,
    nameOf: (topic: Topic) => string,
    log: Log,
    stopping: AbortSignal,
  ) {
    this.#cluster = cluster;
    this.#nameOf = nameOf;
    this.#log = log;
    this.#stopping = stopping;
  }

  async range(topic: Topic, partition: number): Promise<{ first: number; end: number }> {
    const [first, end] = await Promise.all([
      this.#offset(topic, partition, { fromBeginning: true }),
      this.#offset(topic, partition, { fromBeginning: false }),
    ]);
    return { first, end: Math.max(first, end) };
  }

  /** @see RecordSource.ends */
  async ends(topic: Topic, partitions: number): Promise<(number | null)[]> {
    const name = this.#nameOf(topic);
    const all = Array.from({ length: partitions }, (_, partition) => partition);
    const ends = all.map((): number | null => null);
    await this.#cluster.refreshMetadataIfNecessary();
    const byLeader = Object.values(this.#cluster.findLeaderForPartitions(name, all));
    const asking = byLeader.map(async (own) => {
      const ask = () => this.#endsOf(name, own);
      const patience = { forMs: ENDS_MS, stopping: this.#stopping, log: this.#log };
      for (const { partition, offset } of await patiently(this.#cluster, ask, patience)) {
        ends[partition] = Number(offset);
      }
    });
    // A broker that hangs must not hide what the others say.
    await Promise.race([Promise.allSettled(asking), sleep(ENDS_MS, undefined, { ref: false })]);
    return [...ends];
  }

  /** One request to a broker, as long as it leads them all. */
  async #endsOf(name: string, own: readonly number[]) {
    const partitions = own.map((partition) => ({ partition }));
    const asked = { topic: name, partitions, fromBeginning: false };
    const [found] = await this.#cluster.fetchTopicsOffset([asked as never]);
    return found!.partitions;
  }

  /** @see RecordSource.offsetAt */
  async at(topic: Topic, partition: number, timeMs: number): Promise<number> {
    const found = await this.#offset(topic, partition, { fromTimestamp: Math.max(0, timeMs) });
    return found >= 0 ? found : this.#offset(topic, partition, { fromBeginning: false });
  }

  /** @see RecordSource.read */
  async read(
    topic: Topic,
    partition: number,
    from: number,
    maxBytes: number,
  ): Promise<StreamRecord[]> {
    for (let at = from; ; ) {
      const messages = await this.#fetch(topic, partition, at, maxBytes);
      const records = recordsOf(messages, topic, partition, at, maxBytes);
      if (records.length > 0 || messages.length === 0) return records;
      // Compaction has taken what was there.
      at = Math.max(endOf(messages), at + 1);
    }
  }

  async #fetch(
    topic: Topic,
    partition: number,
    from: number,
    maxBytes: number,
  ): Promise<FetchedMessage[]> {
    const name = this.#nameOf(topic);
    const bytes = Math.max(maxBytes, LEAST_BYTES);
    const asked = { partition, fetchOffset: String(from), maxBytes: bytes };
    const request = {
      maxWaitTime: 0,
      minBytes: 0,
      maxBytes: bytes,
      isolationLevel: READ_UNCOMMITTED,
      topics: [{ topic: name, partitions: [asked] }],
    };
    const fetch = async () => {
      const leader = await leaderOf(this.#cluster, name, partition);
      const { responses } = await leader.fetch(request);
      return responses[0]!.partitions[0]!.messages;
    };
    try {
      return await this.#patiently(`${name}/${partition}`, fetch);
    } catch (error) {
      if (!isOutOfRange((error as Error).cause)) throw error;
      const { first, end } = await this.range(topic, partition);
      return from < first && first < end ? this.#fetch(topic, partition, first, maxBytes) : [];
    }
  }

  /** The newest record of every key of a partition, deleted ones as null. */
  async latest(topic: Topic, partition: number): Promise<StreamRecord[]> {
    const newest = new Map<string, StreamRecord>();
    const { first, end } = await this.range(topic, partition);
    for (let at = first; at < end; ) {
      const records = await this.read(topic, partition, at, READ_BYTES);
      for (const record of records) if (record.key !== null) newest.set(record.key, record);
      const last = records.at(-1);
      if (last === undefined) break;
      at = last.offset + 1;
    }
    return [...newest.values()].filter(({ value }) => value !== null);
  }

  async #offset(
    topic: Topic,
    partition: number,
    which: { fromBeginning: boolean } | { fromTimestamp: number },
  ): Promise<number> {
    const name = this.#nameOf(topic);
    return this.#patiently(`${name}/${partition}`, async () => {
      await leaderOf(this.#cluster, name, partition);
      const [found] = await this.#cluster.fetchTopicsOffset([
        { topic: name, partitions: [{ partition }], ...which } as never,
      ]);
      return Number(found!.partitions[0]!.offset);
    });
  }

  async #patiently<T>(what: string, call: () => Promise<T>): Promise<T> {
    const patience = { forMs: PATIENCE_MS, stopping: this.#stopping, log: this.#log };
    try {
      return await patiently(this.#cluster, call, patience);
    } catch (error) {
      throw portError(`${what} cannot be read`, error);
    }
  }
}

/** A restart of all brokers is waited for. */
const PATIENCE_MS = 120_000;
/** Of looks that are taken every second. */
const ENDS_MS = 2_000;
const READ_BYTES = 4 * 1024 * 1024;
/** Of a fetch: an empty batch must not be all of it. */
const LEAST_BYTES = 64 * 1024;
