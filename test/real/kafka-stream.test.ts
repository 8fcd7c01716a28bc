import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
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
});
