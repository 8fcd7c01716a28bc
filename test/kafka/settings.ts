import { SECURE, type SecureListener } from './security.ts';

/** Of the listeners of one node, by name. */
export type NodePorts = { PLAINTEXT: number; CONTROLLER: number } & {
  [listener in SecureListener]?: number;
};

export interface NodeSettings {
  id: number;
  folder: string;
  /** Of all nodes, in the order of their ids from 1. */
  ports: readonly NodePorts[];
  security: Readonly<Record<string, string>>;
  /** Beside, or instead of, those below. */
  more?: Readonly<Record<string, string | number>>;
}

const MIB = 1024 * 1024;
/** Above the largest record that the program writes. */
const LARGEST_RECORD = 18 * MIB;

/** `server.properties` of one node that is broker and controller. */
export function serverProperties({ id, folder, ports, security, more }: NodeSettings): string {
  const listeners = Object.entries(ports[id - 1]!);
  const protocols = Object.entries({ PLAINTEXT: 'PLAINTEXT', CONTROLLER: 'PLAINTEXT', ...SECURE });
  return lines({
    'node.id': id,
    'process.roles': 'broker,controller',
    'log.dirs': `${folder}/data`,
    'controller.quorum.voters': ports.map((of, i) => `${i + 1}@127.0.0.1:${of.CONTROLLER}`).join(),
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    listeners: listeners.map(([name, port]) => `${name}://127.0.0.1:${port}`).join(),
    'listener.security.protocol.map': protocols.map((pair) => pair.join(':')).join(),
    ...replication(ports.length),
    ...QUICK_FAILOVER,
    ...QUICK_CLEANING,
    ...SMALL,
    ...security,
    'auto.create.topics.enable': false,
    'group.initial.rebalance.delay.ms': 0,
    'group.min.session.timeout.ms': 1_000,
    'message.max.bytes': LARGEST_RECORD,
    'replica.fetch.max.bytes': LARGEST_RECORD,
    ...more,
  });
}

const QUICK_FAILOVER = {
  'broker.session.timeout.ms': 2_000,
  'broker.heartbeat.interval.ms': 250,
};

/** So that a test can watch retention and compaction. */
const QUICK_CLEANING = {
  'log.initial.task.delay.ms': 1_000,
  'log.retention.check.interval.ms': 1_000,
  'log.segment.delete.delay.ms': 1_000,
  'log.cleaner.backoff.ms': 500,
};

/** For a heap of 256 MB and a machine that is shared. */
const SMALL = {
  'offsets.topic.num.partitions': 4,
  'transaction.state.log.num.partitions': 4,
  'share.coordinator.state.topic.num.partitions': 4,
  'log.cleaner.dedupe.buffer.size': 8 * MIB,
  'num.network.threads': 2,
  'num.io.threads': 4,
};

function replication(nodes: number): Record<string, number> {
  const leastInSync = Math.min(nodes, 2);
  return {
    'default.replication.factor': nodes,
    'min.insync.replicas': leastInSync,
    'offsets.topic.replication.factor': nodes,
    'transaction.state.log.replication.factor': nodes,
    'transaction.state.log.min.isr': leastInSync,
    'share.coordinator.state.topic.replication.factor': nodes,
    'share.coordinator.state.topic.min.isr': leastInSync,
  };
}

function lines(settings: Readonly<Record<string, string | number | boolean>>): string {
  return Object.entries(settings)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}
