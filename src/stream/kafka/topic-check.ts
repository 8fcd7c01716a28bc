import kafkajs, { type Admin } from 'kafkajs';
import type { Log } from '../../telemetry/log.ts';
import { kafkaClient } from './client.ts';
import type { KafkaOptions } from './options.ts';
import type { WantedTopic } from './topics.ts';

/** What of kafkajs' admin looks at topics and makes them. */
export type TopicAdmin = Pick<
  Admin,
  'describeCluster' | 'listTopics' | 'fetchTopicMetadata' | 'describeConfigs' | 'createTopics'
>;

export interface Difference {
  /** `partitions`, `replication`, or the name of a topic configuration. */
  what: string;
  found: string;
  wanted: string;
}

/** A topic beside what it should be. */
export interface CheckedTopic {
  wanted: WantedTopic;
  /** Null: the topic is missing. */
  found: { partitions: number; replication: string } | null;
  /** Empty where it is as wanted, or missing. */
  differences: Difference[];
}

export interface Created {
  made: WantedTopic[];
  /** By the topic's name in Kafka: why it was not made. */
  refused: Map<string, string>;
}

/** Calls with an admin that is connected, and disconnects it. */
export async function withTopicAdmin<T>(
  options: KafkaOptions,
  log: Log,
  use: (admin: TopicAdmin) => Promise<T>,
): Promise<T> {
  const admin = kafkaClient(options, log).admin();
  try {
    await admin.connect();
    return await use(admin);
  } finally {
    await admin.disconnect().catch(() => {});
  }
}

/** Looks at each wanted topic and changes nothing. @throws what kafkajs does */
export async function checkTopics(
  admin: TopicAdmin,
  wanted: readonly WantedTopic[],
): Promise<CheckedTopic[]> {
  const names = new Set(await admin.listTopics());
  const there = wanted.filter(({ name }) => names.has(name));
  if (there.length === 0) return wanted.map(missing);
  const [{ topics }, described] = await Promise.all([
    admin.fetchTopicMetadata({ topics: there.map(({ name }) => name) }),
    describedConfigs(
      admin,
      there.map(({ name, configs }) => ({ name, configNames: Object.keys(configs) })),
    ),
  ]);
  return wanted.map((topic) => {
    const metadata = topics.find(({ name }) => name === topic.name);
    const configs = described.get(topic.name);
    if (metadata === undefined || configs === undefined) return missing(topic);
    const replicas = new Set(metadata.partitions.map((partition) => partition.replicas.length));
    const found = {
      partitions: metadata.partitions.length,
      replication: [...replicas].sort((a, b) => a - b).join(' and '),
    };
    return { wanted: topic, found, differences: differences(topic, found, configs) };
  });
}

/** How topics are configured: by Kafka's name of the topic, then of the configuration. @throws what kafkajs does */
export async function describedConfigs(
  admin: TopicAdmin,
  topics: readonly { name: string; configNames: string[] }[],
): Promise<ReadonlyMap<string, ReadonlyMap<string, string>>> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: topics.map((topic) => ({
      // Node finds no such name in this CommonJS module, so it cannot be imported by name.
      type: kafkajs.ConfigResourceTypes.TOPIC,
      ...topic,
    })),
  });
  return new Map(
    resources.map(({ resourceName, configEntries }) => [
      resourceName,
      new Map(configEntries.map(({ configName, configValue }) => [configName, configValue])),
    ]),
  );
}

/** Makes those that are missing, as wanted; a topic that is there is left alone. @throws what kafkajs does */
export async function createMissing(
  admin: TopicAdmin,
  checked: readonly CheckedTopic[],
): Promise<Created> {
  const created: Created = { made: [], refused: new Map() };
  const missing = checked.filter(({ found }) => found === null).map(({ wanted }) => wanted);
  // One by one: of several, kafkajs does not always say which.
  for (const wanted of missing) {
    const why = await create(admin, wanted);
    if (why === null) created.made.push(wanted);
    else created.refused.set(wanted.name, why);
  }
  return created;
}

/** Why it was refused; null: it was made. */
async function create(admin: TopicAdmin, wanted: WantedTopic): Promise<string | null> {
  const topic = {
    topic: wanted.name,
    numPartitions: wanted.partitions,
    replicationFactor: wanted.replication,
    configEntries: Object.entries(wanted.configs).map(([name, value]) => ({ name, value })),
  };
  try {
    // kafkajs would wait at one broker only, and fail where that one does not know the topic yet.
    const made = await admin.createTopics({ topics: [topic], waitForLeaders: false });
    return made ? null : REFUSALS.TOPIC_ALREADY_EXISTS;
  } catch (error) {
    const [refusal] = (error as { errors?: { type?: string; message: string }[] }).errors ?? [];
    if (refusal === undefined) throw error;
    const { type = 'unknown', message } = refusal;
    return Object.hasOwn(REFUSALS, type)
      ? REFUSALS[type as keyof typeof REFUSALS]
      : `${message} (${type})`;
  }
}

/** kafkajs drops the broker's own words, and its words for these say little. */
const REFUSALS = {
  TOPIC_ALREADY_EXISTS: 'it is there by now, or was all the time and this user may not see it',
  INVALID_REPLICATION_FACTOR: 'there are fewer brokers than its replication needs',
  INVALID_CONFIG: 'the brokers do not take one of its configurations; their log says which',
  POLICY_VIOLATION: 'a policy of the brokers forbids it; their log says which',
} as const;

function missing(wanted: WantedTopic): CheckedTopic {
  return { wanted, found: null, differences: [] };
}

function differences(
  wanted: WantedTopic,
  found: { partitions: number; replication: string },
  configs: ReadonlyMap<string, string>,
): Difference[] {
  const pairs: Difference[] = [
    { what: 'partitions', found: `${found.partitions}`, wanted: `${wanted.partitions}` },
    { what: 'replication', found: found.replication, wanted: `${wanted.replication}` },
    ...Object.entries(wanted.configs).map(([what, value]) => ({
      what,
      found: configs.get(what) ?? 'not known to the brokers',
      wanted: value,
    })),
  ];
  return pairs.filter((pair) => !isSame(pair.found, pair.wanted));
}

/** Numbers may be written in several ways: 0.1 and 0.10. */
function isSame(found: string, wanted: string): boolean {
  return found === wanted || (found !== '' && Number(found) === Number(wanted));
}
