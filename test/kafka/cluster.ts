// A real Apache Kafka on free ports of 127.0.0.1, for tests, chaos and benches:
//   const cluster = await KafkaCluster.start(findPart('kafka')!, { nodes: 1, folder: '/tmp/some-new-folder' });
//   new Kafka({ brokers: cluster.bootstrap, logLevel: logLevel.NOTHING })   // no topic is ever made by itself
//   await cluster.node(1).kill(); await cluster.node(1).start();            // also freeze(), thaw(), stop(), pid
//   await (await cluster.leaderOf('requests', 0)).kill();                   // also controller()
//   await cluster.stop();                                                   // kills all nodes, removes the folder
import { randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type PartitionState, partitionState } from './metadata.ts';
import { KafkaNode } from './node.ts';
import { freePorts } from './ports.ts';
import { activeController } from './quorum.ts';
import {
  type Keys,
  newSecurity,
  SECURE,
  type SecureListener,
  scramUsers,
  secure,
} from './security.ts';
import { type NodePorts, serverProperties } from './settings.ts';

export interface ClusterOptions {
  /** Three: replication factor 3, two in sync at least. */
  nodes: 1 | 3;
  /** Made when missing, removed by `stop`. */
  folder: string;
  /** Listeners with SASL and TLS beside the open one. */
  security?: boolean;
  /** Of every node, beside those that tests always have. */
  settings?: Readonly<Record<string, string | number>> | undefined;
}

const KNOWN_WITHIN_MS = 30_000;

export class KafkaCluster {
  readonly nodes: readonly KafkaNode[];
  /** Null without security. */
  readonly keys: Keys | null;
  readonly #folder: string;

  private constructor(folder: string, nodes: readonly KafkaNode[], keys: Keys | null) {
    this.#folder = folder;
    this.nodes = nodes;
    this.keys = keys;
  }

  /** Resolves once all nodes accept clients. */
  static async start(launcher: string, options: ClusterOptions): Promise<KafkaCluster> {
    const { folder } = options;
    const security = options.security === true ? newSecurity() : null;
    const ports = await nodePorts(options.nodes, security === null ? [] : Object.keys(SECURE));
    const folderOf = (id: number) => join(folder, `node-${id}`);
    const nodes = ports.map((own, i) => {
      return new KafkaNode({ launcher, folder: folderOf(i + 1), id: i + 1, ports: own });
    });
    const cluster = new KafkaCluster(folder, nodes, security?.keys ?? null);
    // 22 characters of base64 for 16 bytes, so the last one may be A, Q, g or w only.
    const clusterId = `${randomUUID().replaceAll('-', '').slice(0, 21)}A`;
    const prepareAndStart = async (node: KafkaNode) => {
      const own = folderOf(node.id);
      await mkdir(own, { recursive: true });
      const secured = security === null ? {} : await secure(security, own);
      const properties = serverProperties({
        id: node.id,
        folder: own,
        ports,
        security: secured,
        more: options.settings ?? {},
      });
      await writeFile(join(own, 'server.properties'), properties);
      await node.format(clusterId, security === null ? [] : scramUsers(security.keys));
      await node.start();
    };
    // All settle before any folder is removed.
    const results = await Promise.allSettled(nodes.map(prepareAndStart));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed === undefined) return cluster;
    await cluster.stop();
    throw failed.reason;
  }

  /** Of the listeners without security. */
  get bootstrap(): string[] {
    return this.nodes.map(({ address }) => address);
  }

  /** Of the listeners with that kind of security. */
  bootstrapOf(listener: SecureListener): string[] {
    return this.nodes.map(({ id, ports }) => {
      if (ports[listener] === undefined) throw new Error(`node ${id} has no ${listener} listener`);
      return `127.0.0.1:${ports[listener]}`;
    });
  }

  /** Ids count from 1. */
  node(id: number): KafkaNode {
    const node = this.nodes[id - 1];
    if (node === undefined) throw new Error(`no node ${id} among ${this.nodes.length}`);
    return node;
  }

  /** A new client of kafkajs 2.2.4 is stuck when the first broker it is told of is frozen: tell it of these. */
  get answering(): KafkaNode[] {
    const answering = this.nodes.filter((node) => node.answers);
    if (answering.length === 0) throw new Error('no node answers');
    return answering;
  }

  /** What a node that answers thinks: it learns within about two seconds that a leader is dead. */
  async leaderOf(topic: string, partition: number): Promise<KafkaNode> {
    return await this.#known(`leader of ${topic} ${partition}`, async ({ PLAINTEXT }) => {
      const id = (await partitionState(PLAINTEXT, topic, partition))?.leader ?? null;
      return id === null ? null : this.node(id);
    });
  }

  /** Who is the leader of a partition, and which nodes are in sync. */
  async partition(topic: string, partition: number): Promise<PartitionState> {
    return await this.#known(`${topic} ${partition}`, ({ PLAINTEXT }) =>
      partitionState(PLAINTEXT, topic, partition),
    );
  }

  /** Of the cluster: the active one. */
  async controller(): Promise<KafkaNode> {
    return await this.#known('active controller', async ({ PLAINTEXT }) => {
      const id = await activeController(PLAINTEXT);
      return id === null ? null : this.node(id);
    });
  }

  /** Kills all: what an orderly end would save is removed with the folder. */
  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.kill()));
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  async #known<T>(what: string, ask: (ports: NodePorts) => Promise<T | null>): Promise<T> {
    const deadline = performance.now() + KNOWN_WITHIN_MS;
    while (performance.now() < deadline) {
      const known = await ask(this.answering[0]!.ports);
      if (known !== null) return known;
      await sleep(50);
    }
    throw new Error(`no ${what} within ${KNOWN_WITHIN_MS} ms`);
  }
}

async function nodePorts(nodes: number, secureListeners: readonly string[]): Promise<NodePorts[]> {
  const names = ['PLAINTEXT', 'CONTROLLER', ...secureListeners];
  const free = await freePorts(nodes * names.length);
  return Array.from({ length: nodes }, (_, i) => {
    const own = names.map((name, j) => [name, free[i * names.length + j]!]);
    return Object.fromEntries(own) as NodePorts;
  });
}
