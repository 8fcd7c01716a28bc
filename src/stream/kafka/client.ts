import {
  type Broker,
  type Cluster,
  type ISocketFactory,
  Kafka,
  type KafkaConfig,
  logLevel,
} from 'kafkajs';
import type { Log } from '../../telemetry/log.ts';
import type { KafkaOptions } from './options.ts';
import { quietRequestTimers } from './request-timers.ts';
import { shareConnects } from './shared-connects.ts';

/** Of one call; what fails for longer is for the caller to try again. */
const RETRY = { retries: 1, initialRetryTime: 100, maxRetryTime: 500 };
const CONNECT_MS = 2_000;
/** Longer than a leader waits for its replicas. */
const REQUEST_MS = 5_000;

/**
 * A client of kafkajs, its log lines made ours.
 *
 * @param sockets instead of kafkajs' own
 */
export function kafkaClient(options: KafkaOptions, log: Log, sockets?: ISocketFactory): Kafka {
  quietRequestTimers();
  shareConnects();
  const { brokers, clientId } = options;
  let turn = 0;
  return new Kafka({
    // Each new connection takes the next one: all would begin with the first, and wait for it when it does not answer.
    brokers: () => [brokers[turn++ % brokers.length]!],
    clientId,
    connectionTimeout: CONNECT_MS,
    authenticationTimeout: CONNECT_MS,
    requestTimeout: REQUEST_MS,
    retry: RETRY,
    ...security(options),
    ...(sockets && { socketFactory: sockets }),
    logLevel: logLevel.ERROR,
    // Errors come as rejections too: who made the call says what they mean.
    logCreator: () => (entry) => {
      const { message, error, broker } = entry.log;
      log.debug('kafka_client', { about: entry.namespace, message, error, broker });
    },
  });
}

function security({ tls, sasl }: KafkaOptions): Partial<KafkaConfig> {
  return {
    ...(tls && {
      ssl: { ...(tls.ca !== null && { ca: [tls.ca] }), ...tls.certificate },
    }),
    ...(sasl && { sasl: { ...sasl } as NonNullable<KafkaConfig['sasl']> }),
  };
}

/** What kafkajs keeps to itself and its types leave out; see RATIONALE.md. */
export interface KafkaBroker extends Omit<Broker, 'produce' | 'fetch' | 'offsetFetch'> {
  produce(request: object): Promise<{ topics: ProducedTopic[] }>;
  fetch(request: object): Promise<{ responses: FetchedTopic[] }>;
  initProducerId(request: { transactionTimeout: number }): Promise<ProducerId>;
  findGroupCoordinator(request: object): Promise<{ coordinator: { nodeId: number } }>;
  joinGroup(request: object): Promise<JoinedGroup>;
  syncGroup(request: object): Promise<{ memberAssignment: Buffer }>;
  heartbeat(request: object): Promise<unknown>;
  leaveGroup(request: { groupId: string; memberId: string }): Promise<unknown>;
  offsetFetch(request: object): Promise<{
    responses: { topic: string; partitions: { partition: number; offset: string }[] }[];
  }>;
}

export interface ProducedTopic {
  topicName: string;
  partitions: { partition: number; errorCode: number; baseOffset: string }[];
}

export interface FetchedTopic {
  topicName: string;
  partitions: FetchedPartition[];
}

export interface FetchedPartition {
  partition: number;
  errorCode: number;
  /** One after the newest record that may be read. */
  highWatermark: string;
  messages: FetchedMessage[];
}

export interface FetchedMessage {
  offset: string;
  timestamp: string;
  key: Buffer | null;
  value: Buffer | null;
  headers: Record<string, Buffer | Buffer[] | undefined>;
  batchContext: { firstOffset: string; lastOffsetDelta: number };
}

export interface ProducerId {
  producerId: number;
  producerEpoch: number;
}

export interface JoinedGroup {
  generationId: number;
  leaderId: string;
  memberId: string;
  members: { memberId: string; memberMetadata: Buffer }[];
}

/** Connections of its own to the brokers of one cluster. */
export interface KafkaCluster extends Omit<Cluster, 'findBroker'> {
  findBroker(node: { nodeId: string }): Promise<KafkaBroker>;
  readonly brokerPool: {
    /** By node id, those that metadata told of. */
    readonly brokers: Readonly<Record<string, PooledBroker>>;
    readonly seedBroker: PooledBroker;
    /** Turns to the next of the brokers that the client was told of. */
    createSeedBroker(): Promise<void>;
  };
}

export interface PooledBroker {
  readonly connectionPool: { host: string; port: number };
  isConnected(): boolean;
  disconnect(): Promise<void>;
}

/**
 * kafkajs has producers, consumers and an admin, each over a cluster of its own that it does not give away. This is
 * that cluster: reading at an offset without a group needs it, and so do sends whose every repetition is ours.
 */
export function openCluster(client: Kafka): KafkaCluster {
  const symbol = Object.getOwnPropertySymbols(client).find(
    ({ description }) => description === 'private:Kafka:createCluster',
  );
  if (symbol === undefined) throw new Error('this version of kafkajs has no createCluster');
  const create = (client as unknown as Record<symbol, (options: object) => KafkaCluster>)[symbol]!;
  return create({ metadataMaxAge: METADATA_MS, allowAutoTopicCreation: false });
}

const METADATA_MS = 60_000;
/** Of a fetch: nobody of us writes in transactions. */
export const READ_UNCOMMITTED = 0;
