import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll } from 'vitest';
import { KafkaStream } from '../../src/stream/kafka/kafka-stream.ts';
import { TOPICS } from '../../src/stream/record.ts';
import { noLog } from '../../src/telemetry/log.ts';
import { KafkaCluster } from '../kafka/cluster.ts';
import { sharedContract } from '../stream/contract.ts';
import { describePart } from './parts.ts';

describePart('kafka', 'the stream on a real Kafka', (launcher) => {
  let cluster: KafkaCluster;
  let streams = 0;
  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'meshpulse-kafka-'));
    cluster = await KafkaCluster.start(launcher, { nodes: 1, folder });
  });
  afterAll(() => cluster.stop());

  sharedContract(async ({ maxWaitingBytes }) => {
    const prefix = `s${streams++}`;
    const admin = new Kafka({
      brokers: [...cluster.bootstrap],
      logLevel: logLevel.NOTHING,
    }).admin();
    await admin.connect();
    await admin.createTopics({
      waitForLeaders: true,
      topics: TOPICS.map((topic) => ({
        topic: `${prefix}.${topic}`,
        numPartitions: 2,
        configEntries: [
          { name: 'message.timestamp.type', value: 'LogAppendTime' },
          { name: 'max.message.bytes', value: '17825792' },
        ],
      })),
    });
    const stream = await KafkaStream.open({
      kafka: {
        brokers: cluster.bootstrap,
        clientId: 'test',
        tls: null,
        sasl: null,
        prefix,
        sessionTimeoutMs: 5_000,
      },
      ...(maxWaitingBytes !== undefined && { maxWaitingBytes }),
      log: noLog,
    });
    return {
      sink: stream,
      source: stream,
      retain: async () => {},
      async dispose() {
        await admin.deleteTopics({ topics: TOPICS.map((topic) => `${prefix}.${topic}`) });
        await admin.disconnect();
      },
    };
  });
});
