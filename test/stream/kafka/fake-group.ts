import { AssignerProtocol } from 'kafkajs';
import type { KafkaCluster } from '../../../src/stream/kafka/client.ts';
import type { Offsets } from '../../../src/stream/kafka/offsets.ts';

const NAME = 'fake.requests';

/** A broker that leads and coordinates everything, and gives one member what a test says. */
export class FakeGroup {
  readonly name = NAME;
  /** How often the member has been told what it has. */
  generations = 0;
  readonly committed = new Map<number, number>();
  /** What a partition's committed offset waits for. */
  readonly held = new Map<number, Promise<void>>();
  /** Of the next commit; then null again. */
  refusal: string | null = null;
  /** Each commit waits for the first of them. */
  readonly committing: Promise<void>[] = [];
  /** In how many generations the member is not told what it has, before the next in which it is. */
  missing = 0;
  /** Its coordinator answers no heartbeat before this. */
  answering: Promise<void> = Promise.resolve();
  readonly #logs: Buffer[][];
  #given: readonly number[] = [];
  #isMoving = false;
  #missed = 0;

  constructor(partitions: number) {
    this.#logs = Array.from({ length: partitions }, () => []);
  }

  append(partition: number, ...values: string[]): void {
    this.#logs[partition]!.push(...values.map((value) => Buffer.from(value)));
  }

  /** From the next heartbeat on. */
  give(...partitions: number[]): void {
    this.#given = partitions;
    this.#isMoving = this.generations > 0;
  }

  get offsets(): Offsets {
    const range = async (_: string, partition: number) => ({
      first: 0,
      end: this.#logs[partition]!.length,
    });
    return { range } as unknown as Offsets;
  }

  get cluster(): KafkaCluster {
    const done = async () => {};
    const broker = this.#broker();
    return {
      connect: done,
      disconnect: done,
      isConnected: () => true,
      addMultipleTargetTopics: done,
      refreshMetadata: done,
      refreshMetadataIfNecessary: done,
      findLeaderForPartitions: (_: string, partitions: number[]) =>
        partitions.length === 0 ? {} : { 1: partitions },
      findBroker: async () => broker,
      brokerPool: { brokers: { 1: broker } },
    } as unknown as KafkaCluster;
  }

  #broker() {
    return {
      isConnected: () => true,
      findGroupCoordinator: async () => ({ coordinator: { nodeId: 1 } }),
      joinGroup: async () => ({
        generationId: this.generations + this.#missed + 1,
        leaderId: 'another',
        memberId: 'this',
        members: [],
      }),
      syncGroup: async () => {
        if (this.missing > 0) {
          this.missing--;
          this.#missed++;
          throw refused('REBALANCE_IN_PROGRESS');
        }
        this.generations++;
        this.#isMoving = false;
        const assignment = { [NAME]: [...this.#given] };
        const userData = Buffer.alloc(0);
        return {
          memberAssignment: AssignerProtocol.MemberAssignment.encode({
            version: 1,
            assignment,
            userData,
          }),
        };
      },
      heartbeat: async () => {
        await this.answering;
        if (this.#isMoving) throw refused('REBALANCE_IN_PROGRESS');
      },
      leaveGroup: async () => {},
      offsetFetch: async ({ topics }: OffsetRequest) => {
        const { partition } = topics[0]!.partitions[0]!;
        await this.held.get(partition);
        const offset = `${this.committed.get(partition) ?? -1}`;
        return { responses: [{ topic: NAME, partitions: [{ partition, offset }] }] };
      },
      offsetCommit: async ({ topics }: OffsetRequest) => {
        await this.committing.shift();
        const { refusal } = this;
        this.refusal = null;
        if (refusal !== null) throw refused(refusal);
        const { partition, offset } = topics[0]!.partitions[0]!;
        this.committed.set(partition, Number(offset));
      },
      fetch: async ({ topics }: FetchRequest) => {
        await new Promise((resolve) => setTimeout(resolve, 2));
        const partitions = topics[0]!.partitions.map(({ partition, fetchOffset }) =>
          this.#fetched(partition, Number(fetchOffset)),
        );
        return { responses: [{ topicName: NAME, partitions }] };
      },
    };
  }

  #fetched(partition: number, from: number) {
    const log = this.#logs[partition]!;
    const messages = log.slice(from).map((value, index) => ({
      offset: `${from + index}`,
      timestamp: '0',
      key: null,
      value,
      headers: {},
      batchContext: { firstOffset: `${from + index}`, lastOffsetDelta: 0 },
    }));
    return { partition, errorCode: 0, highWatermark: `${log.length}`, messages };
  }
}

interface OffsetRequest {
  topics: { partitions: { partition: number; offset?: string }[] }[];
}

interface FetchRequest {
  topics: { partitions: { partition: number; fetchOffset: string }[] }[];
}

function refused(type: string): Error {
  return Object.assign(new Error(type), { name: 'KafkaJSProtocolError', type });
}
