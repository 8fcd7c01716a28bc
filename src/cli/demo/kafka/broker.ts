import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Child } from './child.ts';
import { freePorts } from './ports.ts';

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

/** One Kafka, broker and controller at once, in one process after another over the same data. */
export class Broker {
  /** `host:port` for clients. */
  readonly address: string;
  readonly #options: BrokerOptions;
  #process: Child | null = null;

  private constructor(address: string, options: BrokerOptions) {
    this.address = address;
    this.#options = options;
  }

  /** Resolves when it takes clients. */
  static async start(options: BrokerOptions): Promise<Broker> {
    const { folder, signal } = options;
    const [port = 0, controllerPort = 0] = await freePorts(2);
    mkdirSync(folder);
    writeFileSync(join(folder, SETTINGS), brokerSettings({ folder, port, controllerPort }));
    // 22 characters of base64 for 16 bytes.
    const cluster = randomBytes(16).toString('base64url');
    const broker = new Broker(`127.0.0.1:${port}`, options);
    await broker
      .#run(['kafka.tools.StorageTool', 'format', '-t', cluster, '-c', SETTINGS])
      .finishes(signal);
    await broker.startAgain();
    return broker;
  }

  get pid(): number {
    if (this.#process === null) throw new Error('Kafka does not run');
    return this.#process.pid;
  }

  /** Resolves when it takes clients. */
  async startAgain(): Promise<void> {
    const { signal, onEnded } = this.#options;
    const started = this.#run(['kafka.Kafka', SETTINGS]);
    try {
      await started.says(/Kafka Server started/, signal);
    } catch (error) {
      await started.kill();
      throw error;
    }
    this.#process = started.watch(onEnded);
  }

  async kill(): Promise<void> {
    const running = this.#process;
    this.#process = null;
    await running?.kill();
  }

  #run(args: readonly string[]): Child {
    const { launcher: path, folder: cwd } = this.#options;
    return new Child({ name: 'Kafka', path, args, cwd, env: process.env });
  }
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
