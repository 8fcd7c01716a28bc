import { setTimeout as sleep } from 'node:timers/promises';
import { AssignerProtocol } from 'kafkajs';
import type { Log } from '../../telemetry/log.ts';
import { coordinatorOf } from './any-broker.ts';
import { assign, type Member } from './assignment.ts';
import type { JoinedGroup, KafkaBroker, KafkaCluster } from './client.ts';
import { FORGOTTEN, GroupContact } from './group-contact.ts';
import { isPassing, portError, typeOf } from './kafka-errors.ts';
import { patiently } from './patience.ts';

export interface MembershipOptions {
  /** Its own: joining keeps all other requests of its connection waiting. */
  cluster: KafkaCluster;
  groupId: string;
  /** Kafka's name of the topic. */
  topic: string;
  partitions: number;
  sessionTimeoutMs: number;
  /** What it has now; `isNew` when others may have had the same ones meanwhile. */
  assigned(partitions: readonly number[], isNew: boolean): void;
  log: Log;
}

/** What a commit must show. */
export interface Generation {
  generationId: number;
  memberId: string;
  /** Node id of the coordinator. */
  coordinator: string;
}

/**
 * One member of a consumer group, by Kafka's protocol for clients that assign among themselves: joins, assigns when it
 * leads, is heard of, joins again when others come and go.
 */
export class Membership {
  readonly #options: MembershipOptions;
  readonly #contact: GroupContact;
  readonly #stopping = new AbortController();
  #memberId = '';
  #generation: Generation | null = null;
  /** In which it was told what it has. */
  #told: Generation | null = null;
  #owned: readonly number[] = [];
  #joined = Promise.withResolvers<void>();
  /** Set when a commit has shown that the group has gone on without us. */
  #isStale = false;
  #hurry: (() => void) | null = null;
  /** When the newest request was sent that the coordinator has answered. */
  #heardAt = Number.NEGATIVE_INFINITY;

  constructor(options: MembershipOptions) {
    this.#options = options;
    this.#contact = new GroupContact(options);
    this.#joined.promise.catch(() => {});
  }

  /** Null while it is not, or not any more, a member. */
  get generation(): Generation | null {
    return this.#isStale ? null : this.#generation;
  }

  /** Whether its session cannot be over, as far as it knows. */
  get isHeardOf(): boolean {
    return performance.now() - this.#heardAt < this.#options.sessionTimeoutMs;
  }

  /** How long nobody has heard of it, longer than its session; else null. */
  get silentMs(): number | null {
    return this.#contact.silentMs;
  }

  /** Resolves when it is a member again; rejects when it will not be. */
  async joined(): Promise<void> {
    if (this.generation !== null) return;
    await this.#joined.promise;
  }

  /** A commit was refused for its generation: looks at once whether it is still a member. */
  doubt(): void {
    this.#isStale = true;
    this.#hurry?.();
  }

  /** Until it is stopped; rejects when it cannot be a member. */
  async run(): Promise<void> {
    const { cluster, groupId, log } = this.#options;
    const patience = {
      forMs: Number.POSITIVE_INFINITY,
      stopping: this.#stopping.signal,
      failed: (error: unknown) => this.#lost(error),
      log,
    };
    try {
      while (!this.#stopping.signal.aborted) {
        await patiently(cluster, () => this.#joinAndStay(), patience);
      }
    } catch (error) {
      if (this.#stopping.signal.aborted) return;
      throw portError(`group ${groupId} cannot be joined`, error);
    } finally {
      this.#generation = null;
      this.#joined.reject(new Error('no member any more'));
    }
  }

  /** Leaves, so that the others need not wait until it is missed. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#hurry?.();
    const { cluster, groupId } = this.#options;
    const memberId = this.#memberId;
    if (memberId === '') return;
    this.#memberId = '';
    const leave = async () => {
      const nodeId = await coordinatorOf(cluster, groupId);
      const coordinator = await cluster.findBroker({ nodeId });
      await coordinator.leaveGroup({ groupId, memberId });
    };
    await Promise.race([leave().catch(() => {}), sleep(LEAVE_MS)]);
  }

  /** Ends when it is to be done again. */
  async #joinAndStay(): Promise<void> {
    const { cluster, groupId } = this.#options;
    const nodeId = await coordinatorOf(cluster, groupId);
    const coordinator = await cluster.findBroker({ nodeId });
    const joined = await this.#join(coordinator);
    const askedAt = performance.now();
    const owned = await this.#sync(coordinator, joined);
    this.#heardAt = askedAt;
    this.#contact.answered();
    if (this.#stopping.signal.aborted) return;
    const { generationId, memberId } = joined;
    const generation = { generationId, memberId, coordinator: nodeId };
    const isNew = this.#told === null || !isNext(this.#told, generation);
    this.#generation = generation;
    this.#told = generation;
    this.#isStale = false;
    this.#owned = owned;
    this.#joined.resolve();
    this.#options.assigned(owned, isNew);
    this.#contact.joined(owned);
    await this.#beHeardOf(coordinator, generation);
  }

  async #join(coordinator: KafkaBroker): Promise<JoinedGroup> {
    const { groupId, sessionTimeoutMs, topic } = this.#options;
    const owned = Buffer.from(JSON.stringify(this.#owned));
    const metadata = AssignerProtocol.MemberMetadata.encode({
      version: 1,
      topics: [topic],
      userData: owned,
    });
    const joined = await coordinator.joinGroup({
      groupId,
      sessionTimeout: sessionTimeoutMs,
      rebalanceTimeout: sessionTimeoutMs,
      memberId: this.#memberId,
      groupProtocols: [{ name: 'meshpulse', metadata }],
    });
    this.#memberId = joined.memberId;
    this.#contact.answered();
    return joined;
  }

  async #sync(coordinator: KafkaBroker, joined: JoinedGroup): Promise<number[]> {
    const { groupId, topic } = this.#options;
    const { generationId, memberId, leaderId } = joined;
    const { memberAssignment } = await coordinator.syncGroup({
      groupId,
      generationId,
      memberId,
      groupAssignment: leaderId === memberId ? this.#assignment(joined) : [],
    });
    const assignment = AssignerProtocol.MemberAssignment.decode(memberAssignment);
    return [...(assignment?.assignment[topic] ?? [])].sort((a, b) => a - b);
  }

  #assignment({ members }: JoinedGroup) {
    const { topic, partitions } = this.#options;
    return [...assign(members.map(memberOf), partitions)].map(([memberId, own]) => ({
      memberId,
      memberAssignment: AssignerProtocol.MemberAssignment.encode({
        version: 1,
        assignment: { [topic]: own },
        userData: Buffer.alloc(0),
      }),
    }));
  }

  async #beHeardOf(coordinator: KafkaBroker, { generationId, memberId }: Generation) {
    const { groupId, sessionTimeoutMs } = this.#options;
    while (!this.#stopping.signal.aborted) {
      const pause = new AbortController();
      this.#hurry = () => pause.abort();
      await sleep(sessionTimeoutMs / 4, undefined, { signal: pause.signal }).catch(() => {});
      if (this.#stopping.signal.aborted) return;
      const askedAt = performance.now();
      await coordinator.heartbeat({ groupId, groupGenerationId: generationId, memberId });
      this.#heardAt = askedAt;
      this.#contact.answered();
      this.#isStale = false;
    }
  }

  /** What went wrong ends the generation; whether it also ends the member is for the coordinator to say. */
  #lost(error: unknown): void {
    if (this.#stopping.signal.aborted) return;
    const type = typeOf(error);
    if (this.#generation !== null) {
      this.#generation = null;
      this.#joined = Promise.withResolvers();
      this.#joined.promise.catch(() => {});
    }
    if (FORGOTTEN.includes(type)) {
      this.#memberId = '';
      this.#owned = [];
    }
    if (isPassing(error)) this.#contact.failed(error);
  }
}

/** False when others may have had its partitions since: it was forgotten, or not told what it had in between. */
function isNext(told: Generation, { generationId, memberId }: Generation): boolean {
  return memberId === told.memberId && generationId <= told.generationId + 1;
}

function memberOf({ memberId, memberMetadata }: JoinedGroup['members'][number]): Member {
  const metadata = AssignerProtocol.MemberMetadata.decode(memberMetadata);
  const said: unknown = JSON.parse(metadata?.userData.toString() || '[]');
  return { id: memberId, owned: Array.isArray(said) ? said.filter(Number.isInteger) : [] };
}

const LEAVE_MS = 2_000;
