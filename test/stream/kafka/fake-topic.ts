import type { KafkaCluster } from '../../../src/stream/kafka/client.ts';
import type { Offsets } from '../../../src/stream/kafka/offsets.ts';
import type { StreamRecord } from '../../../src/stream/record.ts';

/** A topic whose partitions are led by whom a test says; a broker answers only for those that it leads. */
export class FakeTopic {
  readonly name = 'fake.requests';
  /** What the next reads at an offset throw. */
  readonly failures: Error[] = [];
  /** As far as leaders know that followers are; what is beyond they do not hand out. */
  knownUpTo = Number.POSITIVE_INFINITY;
  /** As far as leaders say that followers are: a leader looks before it reads. */
  saysUpTo = Number.POSITIVE_INFINITY;
  /** Requests that were answered. */
  fetches = 0;
  readonly #logs: string[][];
  readonly #leaders: number[];
  readonly #fetchedUpTo = new Map<number, number>();
  /** Of each partition, from where on compaction has left nothing. */
  readonly #emptyFrom = new Map<number, number>();

  /** @param leaders of each partition */
  constructor(leaders: readonly number[]) {
    this.#leaders = [...leaders];
    this.#logs = leaders.map(() => []);
  }

  append(partition: number, ...values: string[]): void {
    this.#logs[partition]!.push(...values);
  }

  lead(partition: number, nodeId: number): void {
    this.#leaders[partition] = nodeId;
  }

  compactFrom(partition: number, offset: number): void {
    this.#emptyFrom.set(partition, offset);
  }

  /** One after the newest record that a broker has handed out. */
  fetchedUpTo(partition: number): number {
    return this.#fetchedUpTo.get(partition) ?? 0;
  }

  get offsets(): Offsets {
    const read = async (_: string, partition: number, from: number) => {
      const failure = this.failures.shift();
      if (failure !== undefined) throw failure;
      return this.#messages(partition, from) as unknown as StreamRecord[];
    };
    return { read } as unknown as Offsets;
  }

  get cluster(): KafkaCluster {
    const done = async () => {};
    return {
      isConnected: () => true,
      refreshMetadata: done,
      refreshMetadataIfNecessary: done,
      findLeaderForPartitions: (_: string, partitions: number[]) =>
        Object.groupBy(partitions, (partition) => this.#leaders[partition]!),
      findBroker: async ({ nodeId }: { nodeId: string }) => ({
        fetch: (request: FetchRequest) => this.#fetch(Number(nodeId), request),
      }),
      brokerPool: { brokers: {} },
    } as unknown as KafkaCluster;
  }

  async #fetch(nodeId: number, { topics }: FetchRequest) {
    await new Promise((resolve) => setTimeout(resolve, 2));
    const partitions = topics[0]!.partitions.map(({ partition, fetchOffset }) => {
      if (this.#leaders[partition] !== nodeId) throw notLeader();
      const messages = this.#messages(partition, Number(fetchOffset));
      const end = Math.min(this.#logs[partition]!.length, this.knownUpTo);
      this.#fetchedUpTo.set(partition, end);
      return {
        partition,
        errorCode: 0,
        highWatermark: `${Math.min(end, this.saysUpTo)}`,
        messages,
      };
    });
    this.fetches++;
    return { responses: [{ topicName: this.name, partitions }] };
  }

  #messages(partition: number, from: number) {
    const kept = this.#logs[partition]!.slice(
      0,
      Math.min(this.#emptyFrom.get(partition) ?? Infinity, this.knownUpTo),
    );
    return kept.slice(from).map((value, index) => ({
      offset: `${from + index}`,
      timestamp: '0',
      key: null,
      value: Buffer.from(value),
      headers: {},
      batchContext: { firstOffset: `${from + index}`, lastOffsetDelta: 0 },
    }));
  }
}

interface FetchRequest {
  topics: { partitions: { partition: number; fetchOffset: string }[] }[];
}

function notLeader(): Error {
  const type = 'NOT_LEADER_FOR_PARTITION';
  return Object.assign(new Error(type), { name: 'KafkaJSProtocolError', type });
}
