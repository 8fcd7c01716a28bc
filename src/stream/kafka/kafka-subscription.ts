import { setTimeout as sleep } from 'node:timers/promises';
import { checkCommit, checkStart } from '../checks.ts';
import { PartitionLost, StreamUnavailable } from '../errors.ts';
import type { AppendRecord, StreamRecord, Topic } from '../record.ts';
import type { PartitionConsumer, Subscription } from '../source.ts';
import { coordinatorOf } from './any-broker.ts';
import type { KafkaCluster } from './client.ts';
import { FetchLoop, type FetchLoopOptions } from './fetch-loop.ts';
import type { Silence } from './group-contact.ts';
import { portError, typeOf } from './kafka-errors.ts';
import { Membership } from './membership.ts';
import { patiently } from './patience.ts';

export interface KafkaSubscriptionOptions
  extends Pick<FetchLoopOptions, 'name' | 'offsets' | 'log'> {
  topic: Topic;
  groupId: string;
  partitions: number;
  cluster: KafkaCluster;
  sessionTimeoutMs: number;
  consumer: PartitionConsumer;
  append(outputs: readonly AppendRecord[]): Promise<unknown>;
  /** Called once, when it is over. */
  released(): void;
}

/** Of one partition, from when it is taken until it is revoked. */
interface Tenure {
  readonly partition: number;
  /** The last commit: one that is tried again must not come after a later one. */
  committing: Promise<unknown>;
}

/** One member of a group: what it is given it hands to its consumer, and commits as one of the group's generation. */
export class KafkaSubscription implements Subscription {
  readonly #options: KafkaSubscriptionOptions;
  readonly #loop: FetchLoop;
  readonly #membership: Membership;
  /** Partitions that are ours, as the consumer knows. */
  readonly #owned = new Map<number, Tenure>();
  /** Of those, the ones that the group has left us ever since. */
  #given = new Set<number>();
  /** What the group has given us last. */
  #assigned: readonly number[] = [];
  readonly #publishing = new Set<Promise<unknown>>();
  readonly #running: Promise<void>;
  #stopped: Promise<void> | null = null;
  #isOver = false;

  /** @param options the cluster is connected and knows the topic */
  constructor(options: KafkaSubscriptionOptions) {
    this.#options = options;
    const { consumer } = options;
    this.#loop = new FetchLoop({
      ...options,
      deliver: async (partition, records: readonly StreamRecord[], atEnd) => {
        // Another member may have it by now.
        if (this.#given.has(partition)) await consumer.records(partition, records, atEnd);
      },
    });
    this.#membership = new Membership({
      ...options,
      topic: options.name,
      assigned: (partitions, isNew) => this.#assign(partitions, isNew),
    });
    this.#running = this.#run();
  }

  async publish(
    partition: number,
    outputs: readonly AppendRecord[],
    nextOffset: number,
  ): Promise<void> {
    const publishing = this.#publish(partition, outputs, nextOffset);
    this.#publishing.add(publishing);
    try {
      await publishing;
    } finally {
      this.#publishing.delete(publishing);
    }
  }

  holds(partition: number): boolean {
    return !this.#isOver && this.#given.has(partition) && this.#membership.isHeardOf;
  }

  lag(partition: number): number | null {
    const position = this.#owned.has(partition) ? this.#loop.position(partition) : undefined;
    return position === undefined ? null : Math.max(0, this.#loop.end(partition) - position);
  }

  /** Null while it is heard of, or over. */
  silence(): Silence | null {
    const ms = this.#isOver ? null : this.#membership.silentMs;
    return ms === null ? null : { topic: this.#options.topic, ms };
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #publish(partition: number, outputs: readonly AppendRecord[], nextOffset: number) {
    const tenure = this.#owned.get(partition);
    if (tenure === undefined) throw this.#lost(partition);
    this.#checkHeld(tenure);
    const { topic, groupId } = this.#options;
    checkCommit(groupId, topic, partition, nextOffset, this.#loop.end(partition));
    if (outputs.length > 0) {
      await this.#certainty(tenure);
      await this.#options.append(outputs);
    }
    const commit = tenure.committing.then(() => this.#commit(tenure, nextOffset));
    tenure.committing = commit.catch(() => {});
    await commit;
  }

  /**
   * An append is not fenced: what is published by a process that stood still comes after what its successor has published,
   * and a table whose newest record is an old one is read as such by whoever starts then.
   */
  async #certainty(tenure: Tenure): Promise<void> {
    const late = performance.now() + CERTAIN_MS;
    while (!this.holds(tenure.partition)) {
      this.#checkHeld(tenure);
      if (performance.now() > late) {
        const { groupId } = this.#options;
        throw new StreamUnavailable(`group ${groupId} has not heard of this process for a while`);
      }
      await sleep(ASK_AGAIN_MS);
    }
  }

  async #commit(tenure: Tenure, nextOffset: number): Promise<void> {
    const { cluster, log, groupId } = this.#options;
    try {
      await patiently(cluster, () => this.#commitOnce(tenure, nextOffset), {
        forMs: COMMIT_MS,
        log,
        failed: (error) => {
          if (REFUSED.includes(typeOf(error))) this.#membership.doubt();
        },
      });
    } catch (error) {
      if (error instanceof PartitionLost) throw error;
      throw portError(`group ${groupId} cannot commit`, error, true);
    }
  }

  async #commitOnce(tenure: Tenure, nextOffset: number): Promise<void> {
    const { cluster, groupId, name } = this.#options;
    const { partition } = tenure;
    await this.#membership.joined().catch(() => {
      throw this.#lost(partition);
    });
    this.#checkHeld(tenure);
    const generation = this.#membership.generation;
    if (generation === null) throw new Error('the group is assigning its partitions anew');
    const coordinator = await cluster.findBroker({ nodeId: generation.coordinator });
    await coordinator.offsetCommit({
      groupId,
      groupGenerationId: generation.generationId,
      memberId: generation.memberId,
      topics: [{ topic: name, partitions: [{ partition, offset: String(nextOffset) }] }],
    });
  }

  /** Not lost since, nor lost and given anew: others have committed meanwhile. */
  #checkHeld(tenure: Tenure): void {
    const { partition } = tenure;
    const isOurs = this.#owned.get(partition) === tenure && this.#given.has(partition);
    if (this.#isOver || !isOurs) throw this.#lost(partition);
  }

  #lost(partition: number): PartitionLost {
    const { groupId, topic } = this.#options;
    return new PartitionLost(`group ${groupId} has ${topic}/${partition} elsewhere, or no more`);
  }

  async #run(): Promise<void> {
    // The subscriber must have its Subscription before the first call may publish.
    await new Promise((resolve) => setImmediate(resolve));
    try {
      await Promise.all([this.#loop.run(), this.#membership.run()]);
    } catch (error) {
      await this.#fail(error);
    }
  }

  /** @param isNew others may have had what we had: it is to be assigned anew */
  #assign(partitions: readonly number[], isNew: boolean): void {
    this.#assigned = partitions;
    // Only taking a partition adds it: what was handed over in vain is handed over again once it was revoked.
    this.#given = new Set(partitions.filter((partition) => !isNew && this.#given.has(partition)));
    this.#loop
      .alone(async () => {
        const lost = [...this.#owned.keys()].filter((partition) => !this.#given.has(partition));
        for (const partition of lost) await this.#revoke(partition);
        for (const partition of partitions) {
          if (this.#assigned !== partitions || this.#loop.stopping) return;
          if (!this.#owned.has(partition)) await this.#take(partition);
        }
        if (this.#assigned === partitions) this.#options.consumer.settled?.();
      })
      .catch((error) => this.#fail(error));
  }

  async #take(partition: number): Promise<void> {
    const { consumer, offsets, topic } = this.#options;
    const assigned = this.#assigned;
    const committed = await this.#committed(partition);
    if (this.#assigned !== assigned) return;
    this.#owned.set(partition, { partition, committing: Promise.resolve() });
    this.#given.add(partition);
    const from = await consumer.assigned(partition, committed);
    const { first, end } = await offsets.range(topic, partition);
    checkStart(topic, partition, from, end);
    this.#loop.add(partition, Math.max(from, first), end);
  }

  async #revoke(partition: number): Promise<void> {
    this.#loop.remove(partition);
    if (this.#owned.delete(partition)) await this.#options.consumer.revoked(partition);
  }

  async #committed(partition: number): Promise<number | null> {
    const { cluster, groupId, name, log } = this.#options;
    const fetch = async () => {
      const nodeId = await coordinatorOf(cluster, groupId);
      const coordinator = await cluster.findBroker({ nodeId });
      const { responses } = await coordinator.offsetFetch({
        groupId,
        topics: [{ topic: name, partitions: [{ partition }] }],
      });
      return Number(responses[0]?.partitions[0]?.offset ?? -1);
    };
    const committed = await patiently(cluster, fetch, { forMs: PATIENCE_MS, log });
    return committed < 0 ? null : committed;
  }

  async #stop(): Promise<void> {
    const { cluster, released } = this.#options;
    this.#loop.stop();
    if (this.#isOver) return;
    await this.#loop.alone(async () => {});
    await Promise.allSettled(this.#publishing);
    this.#isOver = true;
    try {
      for (const partition of [...this.#owned.keys()].sort((a, b) => a - b)) {
        this.#owned.delete(partition);
        await this.#options.consumer.revoked(partition);
      }
    } catch (error) {
      this.#options.consumer.failed(error);
    }
    await this.#membership.stop();
    await cluster.disconnect();
    await this.#running;
    released();
  }

  async #fail(error: unknown): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#owned.clear();
    this.#loop.stop();
    this.#options.consumer.failed(error);
    await this.#membership.stop();
    await this.#options.cluster.disconnect();
    this.#options.released();
  }
}

/** Of commits: the group has gone on, or is about to, or has another coordinator. */
const REFUSED = [
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
  'REBALANCE_IN_PROGRESS',
  'NOT_COORDINATOR_FOR_GROUP',
];
const COMMIT_MS = 30_000;
const CERTAIN_MS = 10_000;
const ASK_AGAIN_MS = 20;
const PATIENCE_MS = 120_000;
