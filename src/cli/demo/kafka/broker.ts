import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Child } from './child.ts';
import { freePorts } from './ports.ts';

export interface Broker {
  /** `host:port` for clients. */
  address: string;
  process: Child;
}

export interface BrokerOptions {
  /** Runs Java on Kafka's jars. */
  launcher: string;
  /** Its own; made here. */
  folder: string;
  /** Gives up. */
  signal: AbortSignal;
  /** It has ended, and nobody had asked it to. */
  onEnded(error: Error): void;
}

/** One Kafka, broker and controller at once. Resolves when it takes clients. */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const { launcher: path, folder: cwd, signal, onEnded } = options;
  const [port = 0, controllerPort = 0] = await freePorts(2);
  mkdirSync(cwd);
  writeFileSync(join(cwd, SETTINGS), brokerSettings({ folder: cwd, port, controllerPort }));
  const { env } = process;
  const run = (args: readonly string[]) => new Child({ name: 'Kafka', path, args, cwd, env });
  // 22 characters of base64 for 16 bytes.
  const cluster = randomBytes(16).toString('base64url');
  await run(['kafka.tools.StorageTool', 'format', '-t', cluster, '-c', SETTINGS]).finishes(signal);
  const broker = run(['kafka.Kafka', SETTINGS]);
  try {
    await broker.says(/Kafka Server started/, signal);
  } catch (error) {
    await broker.kill();
    throw error;
  }
  return { address: `127.0.0.1:${port}`, process: broker.watch(onEnded) };
}

const SETTINGS = 'server.properties';

interface Settings {
  folder: string;
  port: number;
  controllerPort: number;
}

/** `server.properties` of a lone node on this machine. */
export function brokerSettings({ folder, port, controllerPort }: Settings): string {
  const settings = {
    'node.id': 1,
    'process.roles': 'broker,controller',
    'log.dirs': join(folder, 'data'),
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'controller.listener.names': 'CONTROLLER',
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'auto.create.topics.enable': false,
    'group.initial.rebalance.delay.ms': 0,
    // So that a killed member is missed soon.
    'group.min.session.timeout.ms': 1_000,
    // The largest record and what is around it.
    'message.max.bytes': 18 * 1024 * 1024,
  };
  return Object.entries(settings)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}
