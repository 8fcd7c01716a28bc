import { expect, test } from 'vitest';
import { askAny, coordinatorOf } from '../../../src/stream/kafka/any-broker.ts';
import type { KafkaBroker, KafkaCluster } from '../../../src/stream/kafka/client.ts';

interface Fake {
  isConnected?: boolean;
  answer(): Promise<{ coordinator: { nodeId: number } }>;
}

/** A cluster of brokers by node id that notes whom it was asked for. */
function clusterOf(fakes: Record<string, Fake>) {
  const asked: string[] = [];
  const brokers = Object.fromEntries(
    Object.entries(fakes).map(([nodeId, { isConnected = true, answer }]) => [
      nodeId,
      { isConnected: () => isConnected, findGroupCoordinator: answer },
    ]),
  );
  const cluster = {
    refreshMetadataIfNecessary: async () => {},
    findBroker: async ({ nodeId }: { nodeId: string }) => {
      asked.push(nodeId);
      return brokers[nodeId];
    },
    brokerPool: { brokers },
  } as unknown as KafkaCluster;
  return { cluster, asked };
}

const says = (nodeId: number) => async () => ({ coordinator: { nodeId } });
const hangs = () => new Promise<never>(() => {});
const refuses = (type: string) => () => Promise.reject(Object.assign(new Error(type), { type }));
const ask = (broker: KafkaBroker) =>
  broker.findGroupCoordinator({ groupId: 'a', coordinatorType: 0 });

test('a frozen broker keeps nobody waiting for what another can say', async () => {
  const { cluster } = clusterOf({
    1: { answer: hangs },
    2: { answer: refuses('COORDINATOR_NOT_AVAILABLE') },
    3: { answer: says(7) },
  });
  expect(await coordinatorOf(cluster, 'a')).toBe('7');
});

test('when all refuse, it is told what one of them refuses for good', async () => {
  const { cluster } = clusterOf({
    1: { answer: refuses('COORDINATOR_NOT_AVAILABLE') },
    2: { answer: refuses('GROUP_AUTHORIZATION_FAILED') },
    3: { answer: refuses('COORDINATOR_NOT_AVAILABLE') },
  });
  await expect(askAny(cluster, ask)).rejects.toThrow('GROUP_AUTHORIZATION_FAILED');
});

test('few brokers are asked, those first to which there is a connection', async () => {
  const isConnected = false;
  const { cluster, asked } = clusterOf({
    1: { isConnected, answer: says(1) },
    2: { isConnected, answer: says(1) },
    3: { answer: says(1) },
    4: { isConnected, answer: says(1) },
  });
  await askAny(cluster, ask);
  expect(asked).toEqual(['3', '1', '2']);
});

test('without any broker there is an error to try again after', async () => {
  await expect(askAny(clusterOf({}).cluster, ask)).rejects.toThrow('no broker is known');
});
