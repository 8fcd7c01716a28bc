import type { KafkaBroker, KafkaCluster } from './client.ts';
import { isPassing } from './kafka-errors.ts';

/**
 * What whoever answers first says. kafkajs asks one broker after the other, waits for one that is frozen, and does not
 * say why they refuse.
 *
 * @throws what a broker refuses for good, or else one of the others' errors: for {@link patiently}
 */
export async function askAny<T>(
  cluster: KafkaCluster,
  ask: (broker: KafkaBroker) => Promise<T>,
): Promise<T> {
  await cluster.refreshMetadataIfNecessary();
  const asking = someOf(cluster).map(async (nodeId) => ask(await cluster.findBroker({ nodeId })));
  try {
    return await Promise.any(asking);
  } catch (error) {
    const { errors } = error as AggregateError;
    throw errors.find((each) => !isPassing(each)) ?? errors[0] ?? noBroker();
  }
}

/** Node ids, of connected brokers first: a large cluster need not have a connection to each for this. */
function someOf({ brokerPool }: KafkaCluster): string[] {
  const brokers = Object.entries(brokerPool.brokers);
  const rank = ([, broker]: (typeof brokers)[number]) => (broker.isConnected() ? 0 : 1);
  const ranked = brokers.sort((a, b) => rank(a) - rank(b));
  return ranked.slice(0, ASKED).map(([nodeId]) => nodeId);
}

/** The node id of the broker that coordinates a group. */
export async function coordinatorOf(cluster: KafkaCluster, groupId: string): Promise<string> {
  const ask = (broker: KafkaBroker) =>
    broker.findGroupCoordinator({ groupId, coordinatorType: GROUP });
  const { coordinator } = await askAny(cluster, ask);
  return String(coordinator.nodeId);
}

/** As kafkajs would say it. */
const noBroker = () =>
  Object.assign(new Error('no broker is known'), { name: 'KafkaJSBrokerNotFound' });

const ASKED = 3;
/** Of coordinators, https://kafka.apache.org/protocol#The_Messages_FindCoordinator. */
const GROUP = 0;
