import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { KafkaCluster } from '../kafka/cluster.ts';
import { TestTopics } from '../kafka/stream.ts';
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
    const topics = await TestTopics.create(cluster, `s${streams++}`, 2);
    const stream = await topics.open(maxWaitingBytes === undefined ? {} : { maxWaitingBytes });
    return {
      sink: stream,
      source: stream,
      retain: async () => {},
      dispose: () => topics.delete(),
    };
  });

  test('topics with which numbers would be wrong are not used, and it says why', async () => {
    const unlike = await TestTopics.create(cluster, 'unlike', 2, { rollups: { partitions: 3 } });
    await expect(unlike.open()).rejects.toThrow(
      'unlike.rollups has 3 partitions, unlike.requests has 2; they must have as many',
    );
    const theirs = { requests: { timestamps: 'CreateTime' } };
    const clocks = await TestTopics.create(cluster, 'clocks', 1, theirs);
    await expect(clocks.open()).rejects.toThrow(
      'clocks.requests has message.timestamp.type=CreateTime; LogAppendTime is needed',
    );
  });
});
