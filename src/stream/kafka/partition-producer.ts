import type { AppendRecord } from '../record.ts';
import { askAny } from './any-broker.ts';
import type { KafkaCluster, ProducerId } from './client.ts';
import { messageOf } from './messages.ts';
import { leaderOf } from './patience.ts';

/** By which a partition's leader knows a batch that is sent again: it is written once. */
export interface BatchNumber extends ProducerId {
  /** Of its first record. */
  sequence: number;
}

/** Sends numbered batches to one partition. One at a time: numbers must arrive in their order. */
export class PartitionProducer {
  readonly #cluster: KafkaCluster;
  readonly #topic: string;
  readonly #partition: number;
  #next: BatchNumber | null = null;

  /** @param topic Kafka's name of it */
  constructor(cluster: KafkaCluster, topic: string, partition: number) {
    this.#cluster = cluster;
    this.#topic = topic;
    this.#partition = partition;
  }

  /** Of the next batch; the same one until {@link written} or {@link forget}. */
  async number(): Promise<BatchNumber> {
    // A leader that has just started asks the controller for ids first, and waits for a frozen one.
    this.#next ??= {
      ...(await askAny(this.#cluster, (broker) =>
        broker.initProducerId({ transactionTimeout: ACK_MS }),
      )),
      sequence: 0,
    };
    return this.#next;
  }

  /** One try. Resolves to the offset of the first record once all replicas in sync have them. */
  async send(records: readonly AppendRecord[], number: BatchNumber): Promise<number> {
    const { sequence: firstSequence, ...producer } = number;
    const leader = await leaderOf(this.#cluster, this.#topic, this.#partition);
    const messages = records.map(messageOf);
    const { topics } = await leader.produce({
      ...producer,
      acks: ALL,
      timeout: ACK_MS,
      topicData: [
        {
          topic: this.#topic,
          partitions: [{ partition: this.#partition, firstSequence, messages }],
        },
      ],
    });
    return Number(topics[0]!.partitions[0]!.baseOffset);
  }

  /** Of the batch that was sent last, if it may not be written; null when none was sent under a number. */
  get newest(): BatchNumber | null {
    return this.#next;
  }

  /** A batch of so many records is written: the next one's number follows. */
  written(number: BatchNumber, records: number): void {
    this.#next = { ...number, sequence: (number.sequence + records) % SEQUENCES };
  }

  /** The next batch needs a number of which nothing is known. */
  forget(): void {
    this.#next = null;
  }
}

const ALL = -1;
/** How long a leader may wait for its replicas. */
const ACK_MS = 4_000;
/** Sequences are signed 32-bit numbers and begin again at 0. */
const SEQUENCES = 2 ** 31;
