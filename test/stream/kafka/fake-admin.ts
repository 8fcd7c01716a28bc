import kafkajs from 'kafkajs';
import type { TopicAdmin } from '../../../src/stream/kafka/topic-check.ts';
import type { WantedTopic } from '../../../src/stream/kafka/topics.ts';

export interface FakeTopic {
  /** Brokers of each partition. */
  replicas: number[][];
  configs: Record<string, string>;
}

/** Topics in memory, asked and made as kafkajs' admin does. */
export class FakeAdmin implements TopicAdmin {
  readonly topics = new Map<string, FakeTopic>();
  /** By name: the type of the error that making it ends with. */
  readonly refuses = new Map<string, string>();

  put({ name, partitions, replication, configs }: WantedTopic, changes: Partial<FakeTopic> = {}) {
    const brokers = Array.from({ length: replication }, (_, i) => i + 1);
    const replicas = Array.from({ length: partitions }, () => brokers);
    this.topics.set(name, { replicas, configs: { ...configs }, ...changes });
  }

  async describeCluster() {
    return { brokers: [], controller: null, clusterId: '' };
  }

  async listTopics() {
    return [...this.topics.keys(), '__consumer_offsets'];
  }

  async fetchTopicMetadata({ topics = [] as string[] } = {}) {
    return {
      topics: topics.map((name) => ({
        name,
        partitions: this.#get(name).replicas.map((replicas, partitionId) => ({
          partitionErrorCode: 0,
          partitionId,
          leader: replicas[0]!,
          replicas,
          isr: replicas,
        })),
      })),
    };
  }

  async describeConfigs({ resources }: Parameters<TopicAdmin['describeConfigs']>[0]) {
    return {
      throttleTime: 0,
      resources: resources.map(({ name, configNames = [] }) => ({
        errorCode: 0,
        errorMessage: '',
        resourceName: name,
        resourceType: kafkajs.ConfigResourceTypes.TOPIC,
        configEntries: Object.entries(this.#get(name).configs)
          .filter(([configName]) => configNames.includes(configName))
          .map(([configName, configValue]) => ({
            configName,
            configValue,
            readOnly: false,
            isDefault: false,
            configSource: 1,
            isSensitive: false,
            configSynonyms: [],
          })),
      })),
    };
  }

  async createTopics({ topics }: Parameters<TopicAdmin['createTopics']>[0]) {
    for (const { topic, numPartitions = 1, replicationFactor = 1, configEntries = [] } of topics) {
      if (this.topics.has(topic)) return false;
      const type = this.refuses.get(topic);
      if (type !== undefined) {
        const errors = [Object.assign(new Error('it is invalid'), { type, topic })];
        throw Object.assign(new Error('Topic creation errors'), { errors });
      }
      this.put({
        topic: 'requests',
        name: topic,
        partitions: numPartitions,
        replication: replicationFactor,
        configs: Object.fromEntries(configEntries.map(({ name, value }) => [name, value])),
      });
    }
    return true;
  }

  #get(name: string): FakeTopic {
    const topic = this.topics.get(name);
    if (topic === undefined) throw new Error(`this server does not host ${name}`);
    return topic;
  }
}
