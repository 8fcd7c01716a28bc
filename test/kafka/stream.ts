import { Kafka, logLevel } from 'kafkajs';
import { KafkaStream, type KafkaStreamOptions } from '../../src/stream/kafka/kafka-stream.ts';
import { TOPICS, type Topic } from '../../src/stream/record.ts';
import { noLog } from '../../src/telemetry/log.ts';
import type { KafkaCluster } from './cluster.ts';

/** Topics of one test on a cluster that several tests share. */
export class TestTopics {
  readonly prefix: string;
  readonly #cluster: KafkaCluster;

  private constructor(cluster: KafkaCluster, prefix: string) {
    this.#cluster = cluster;
    this.prefix = prefix;
  }

  static async create(
    cluster: KafkaCluster,
    prefix: string,
    partitions: number,
    odd: Partial<Record<Topic, { partitions?: number; timestamps?: string }>> = {},
  ): Promise<TestTopics> {
    const topics = new TestTopics(cluster, prefix);
    const isReplicated = cluster.nodes.length > 1;
    await topics.#asAdmin((admin) =>
      admin.createTopics({
        // Opening a stream waits for them.
        waitForLeaders: false,
        topics: TOPICS.map((topic) => ({
          topic: `${prefix}.${topic}`,
          numPartitions: odd[topic]?.partitions ?? partitions,
          replicationFactor: isReplicated ? 3 : 1,
          configEntries: [
            {
              name: 'message.timestamp.type',
              value: odd[topic]?.timestamps ?? 'LogAppendTime',
            },
            { name: 'max.message.bytes', value: '17825792' },
            ...(isReplicated ? [{ name: 'min.insync.replicas', value: '2' }] : []),
          ],
        })),
      }),
    );
    return topics;
  }

  open(
    options: Partial<KafkaStreamOptions> = {},
    nodes: KafkaCluster['nodes'] = this.#cluster.answering,
  ): Promise<KafkaStream> {
    return KafkaStream.open({
      kafka: {
        brokers: nodes.map(({ address }) => address),
        clientId: 'test',
        tls: null,
        sasl: null,
        prefix: this.prefix,
        sessionTimeoutMs: 5_000,
      },
      log: noLog,
      ...options,
    });
  }

  async delete(): Promise<void> {
    const topics = TOPICS.map((topic) => `${this.prefix}.${topic}`);
    await this.#asAdmin((admin) => admin.deleteTopics({ topics }));
  }

  async #asAdmin(work: (admin: ReturnType<Kafka['admin']>) => Promise<unknown>): Promise<void> {
    const brokers = this.#cluster.answering.map(({ address }) => address);
    const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    try {
      await work(admin);
    } finally {
      await admin.disconnect();
    }
  }
}
