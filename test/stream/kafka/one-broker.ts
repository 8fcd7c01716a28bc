import type { KafkaCluster } from '../../../src/stream/kafka/client.ts';

/** What the only broker of a cluster answers. */
export interface OneBroker {
  initProducerId(): Promise<{ producerId: number; producerEpoch: number }>;
  produce(request: never): Promise<unknown>;
}

/** A cluster of one broker, which leads everything. */
export function clusterOf(answers: OneBroker): KafkaCluster {
  const done = async () => {};
  const broker = {
    isConnected: () => true,
    disconnect: done,
    connectionPool: { host: 'localhost', port: 1 },
    ...answers,
  };
  return {
    isConnected: () => true,
    refreshMetadata: done,
    refreshMetadataIfNecessary: done,
    findLeaderForPartitions: () => ({ 1: [0] }),
    findBroker: async () => broker,
    brokerPool: { brokers: { 1: broker }, createSeedBroker: done },
  } as unknown as KafkaCluster;
}
