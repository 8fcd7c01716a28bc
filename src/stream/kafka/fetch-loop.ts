import type { Log } from '../../telemetry/log.ts';
import { beyondEnd } from '../checks.ts';
import { StreamUnavailable } from '../errors.ts';
import type { StreamRecord, Topic } from '../record.ts';
import {
  type FetchedMessage,
  type FetchedPartition,
  type KafkaCluster,
  READ_UNCOMMITTED,
} from './client.ts';
import { isOutOfRange, isPassing, portError, rootOf } from './kafka-errors.ts';
import { endOf, recordsOf } from './messages.ts';
import type { Offsets } from './offsets.ts';
import { NO_LEADER, patiently, withoutLeader } from './patience.ts';

export interface FetchLoopOptions {
  /** Its own: a request that waits for records keeps all others of its connection waiting. */
  cluster: KafkaCluster;
  topic: Topic;
  /** Kafka's name of it. */
  name: string;
  offsets: Offsets;
  /** One call at a time, over all partitions. */
  deliver(partition: number, records: readonly StreamRecord[], atEnd: boolean): Promise<void>;
  /** Called whenever positions have moved. */
  moved?(): void;
  log: Log;
}

/** What a broker has answered, and the offset that it was asked for. */
interface Fetched extends FetchedPartition {
  from: number;
}

/** Bytes of values one call hands over, unless a single record is larger. */
const READ_BYTES = 1024 * 1024;
/** How long a broker waits for something new. */
const WAIT_MS = 1_000;

/**
 * Reads partitions in order, from all brokers that lead some of them at once, for ever: what a broker cannot do now is tried
 * again until it can.
 */
export class FetchLoop {
  readonly #options: FetchLoopOptions;
  readonly #positions = new Map<number, number>();
  readonly #ends = new Map<number, number>();
  readonly #stopping = new AbortController();
  readonly #over = Promise.withResolvers<void>();
  /** Brokers that are being read from. */
  readonly #brokers = new Map<string, Promise<void>>();
  /** The end of the last delivery. */
  #delivered: Promise<unknown> = Promise.resolve();

  constructor(options: FetchLoopOptions) {
    this.#options = options;
  }

  get stopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  /** Everything below it has been handed over; undefined for a partition that is not read. */
  position(partition: number): number | undefined {
    return this.#positions.get(partition);
  }

  /** One after the newest record, as far as is known. */
  end(partition: number): number {
    return this.#ends.get(partition) ?? this.#positions.get(partition) ?? 0;
  }

  /** Runs `call` when no delivery is under way, and none before it has ended. */
  alone<T>(call: () => Promise<T>): Promise<T> {
    const result = this.#delivered.then(call);
    this.#delivered = result.catch(() => {});
    return result;
  }

  add(partition: number, offset: number, end: number): void {
    this.#positions.set(partition, offset);
    this.#ends.set(partition, end);
    this.#readFromAll();
  }

  remove(partition: number): void {
    this.#positions.delete(partition);
    this.#ends.delete(partition);
  }

  /** Resolves once it was stopped; rejects with what `deliver` threw, or reading for good. */
  async run(): Promise<void> {
    this.#readFromAll();
    await this.#over.promise;
    await this.#delivered;
  }

  /** Takes effect after the call in progress. */
  stop(): void {
    this.#stopping.abort();
    this.#over.resolve();
  }

  #fail(error: unknown): void {
    if (this.stopping) return;
    this.#stopping.abort();
    this.#over.reject(error);
  }

  #readFromAll(): void {
    try {
      this.#readFromEach(Object.keys(this.#leaders()));
    } catch {
      this.#readFromEach([NO_LEADER]);
    }
  }

  #readFromEach(leaders: readonly string[]): void {
    if (this.stopping) return;
    for (const nodeId of leaders) {
      if (this.#brokers.has(nodeId)) continue;
      const reading = this.#readFrom(nodeId)
        .catch((error) => this.#fail(error))
        .finally(() => {
          this.#brokers.delete(nodeId);
          // Leaders have changed, or partitions were given while the last was being taken away.
          if (this.#positions.size > 0) this.#readFromAll();
        });
      this.#brokers.set(nodeId, reading);
    }
  }

  #leaders(): Record<string, number[]> {
    const { cluster, name } = this.#options;
    return cluster.findLeaderForPartitions(name, [...this.#positions.keys()]);
  }

  /** Until it leads none of the partitions any more. */
  async #readFrom(nodeId: string): Promise<void> {
    const { cluster, log } = this.#options;
    while (!this.stopping) {
      const fetched = await patiently(cluster, () => this.#fetch(nodeId), {
        forMs: Number.POSITIVE_INFINITY,
        stopping: this.#stopping.signal,
        log,
      }).catch((error: unknown) => this.#recover(error));
      if (fetched === null) return;
      for (const partition of fetched) await this.#handOver(partition);
      this.#options.moved?.();
    }
  }

  /** Null when the broker has nothing to be asked for. */
  async #fetch(nodeId: string): Promise<Fetched[] | null> {
    const { cluster, name } = this.#options;
    await cluster.refreshMetadataIfNecessary();
    const leaders = this.#leaders();
    // What this one led before, one may lead by now that nothing was read from.
    this.#readFromEach(Object.keys(leaders));
    const partitions = leaders[nodeId] ?? [];
    if (partitions.length === 0) return null;
    if (nodeId === NO_LEADER) throw withoutLeader(name);
    const broker = await cluster.findBroker({ nodeId });
    // Meanwhile some may have been taken away.
    const from = new Map(
      [...this.#positions].filter(([partition]) => partitions.includes(partition)),
    );
    if (from.size === 0) return [];
    const asked = [...from].map(([partition, offset]) => ({
      partition,
      fetchOffset: String(offset),
      maxBytes: READ_BYTES,
    }));
    const { responses } = await broker.fetch({
      maxWaitTime: WAIT_MS,
      minBytes: 1,
      maxBytes: RESPONSE_BYTES,
      isolationLevel: READ_UNCOMMITTED,
      topics: [{ topic: name, partitions: asked }],
    });
    return responses
      .flatMap(({ partitions }) => partitions)
      .map((fetched) => ({ ...fetched, from: from.get(fetched.partition)! }));
  }

  /** @returns what to go on with; null to begin anew */
  async #recover(error: unknown): Promise<null> {
    if (this.stopping) return null;
    const { topic, name, offsets, log } = this.#options;
    const { partition } = rootOf(error);
    if (!isOutOfRange(error) || partition === undefined) {
      throw isPassing(error) ? error : portError(`${name} cannot be read`, error);
    }
    const range = await offsets.range(topic, partition).catch(unavailable);
    const at = this.#positions.get(partition);
    if (at === undefined || range === null) return null;
    const { first, end } = range;
    if (at > end) throw beyondEnd(topic, partition, at, first, end);
    // Retention was quicker.
    if (at < first) {
      log.warn('kafka_overtaken_by_retention', { topic, partition, at, first });
      this.#positions.set(partition, first);
    }
    this.#options.moved?.();
    return null;
  }

  async #handOver({ partition, highWatermark, messages, from }: Fetched): Promise<void> {
    // Given anew since, from elsewhere on: with what was fetched before that, what is between would be passed over.
    if (this.#positions.get(partition) !== from) return;
    // A leader says how far it had come before it read, which may be less than what it has read; a new one may not know
    // yet how far its followers are.
    const read = messages.length === 0 ? 0 : endOf(messages);
    const end = Math.max(Number(highWatermark), read);
    this.#ends.set(partition, Math.max(end, this.end(partition)));
    if (messages.length === 0) await this.#skipEmpty(partition, end);
    else await this.alone(() => this.#deliver(partition, from, messages, end));
  }

  async #deliver(
    partition: number,
    fetchedFrom: number,
    messages: readonly FetchedMessage[],
    end: number,
  ): Promise<void> {
    const { topic, deliver } = this.#options;
    for (let from = fetchedFrom; ; ) {
      if (this.#positions.get(partition) !== from || this.stopping) return;
      const records = recordsOf(messages, topic, partition, from, READ_BYTES);
      const last = records.at(-1);
      const isAll = last === undefined || last.offset === Number(messages.at(-1)!.offset);
      const next = isAll ? Math.max(endOf(messages), from) : last.offset + 1;
      if (last !== undefined) await deliver(partition, records, next >= end);
      if (this.#positions.get(partition) === from) this.#positions.set(partition, next);
      if (isAll) return;
      from = next;
    }
  }

  /** Of a compacted topic the newest batches may be empty; kafkajs does not say where they end. */
  async #skipEmpty(partition: number, end: number): Promise<void> {
    const at = this.#positions.get(partition);
    if (at === undefined || at >= end) return;
    // Alone: among others, it may be empty because they have filled the response.
    const { offsets, topic } = this.#options;
    const records = await offsets.read(topic, partition, at, READ_BYTES).catch(unavailable);
    if (records?.length === 0 && this.#positions.get(partition) === at) {
      this.#positions.set(partition, end);
    }
  }
}

/** Asked again after the next fetch, which waits for as long as it takes. */
function unavailable(error: unknown): null {
  if (error instanceof StreamUnavailable) return null;
  throw error;
}

const RESPONSE_BYTES = 8 * READ_BYTES;
