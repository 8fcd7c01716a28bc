// A real Apache Kafka on free ports of 127.0.0.1, for tests, chaos and benches:
//   const cluster = await KafkaCluster.start(findPart('kafka')!, { nodes: 1, folder: '/tmp/some-new-folder' });
//   new Kafka({ brokers: cluster.bootstrap, logLevel: logLevel.NOTHING })   // no topic is ever made by itself
//   await cluster.node(1).kill(); await cluster.node(1).start();            // also freeze(), thaw(), stop(), pid
//   await cluster.stop();                                                   // kills all nodes, removes the folder
import { randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KafkaNode } from './node.ts';
import { freePorts } from './ports.ts';
import { serverProperties } from './settings.ts';

export interface ClusterOptions {
  /** Three: replication factor 3, two in sync at least. */
  nodes: 1 | 3;
  /** Made when missing, removed by `stop`. */
  folder: string;
}

export class KafkaCluster {
  readonly #folder: string;
  readonly #nodes: readonly KafkaNode[];

  private constructor(folder: string, nodes: readonly KafkaNode[]) {
    this.#folder = folder;
    this.#nodes = nodes;
  }

  /** Resolves once all nodes accept clients. */
  static async start(launcher: string, { nodes, folder }: ClusterOptions): Promise<KafkaCluster> {
    const free = await freePorts(2 * nodes);
    const ports = Array.from({ length: nodes }, (_, i) => ({
      client: free[2 * i]!,
      controller: free[2 * i + 1]!,
    }));
    const made = ports.map(({ client }, i) => {
      const id = i + 1;
      return new KafkaNode({ launcher, folder: join(folder, `node-${id}`), id, port: client });
    });
    const cluster = new KafkaCluster(folder, made);
    // 22 characters of base64 for 16 bytes, so the last one may be A, Q, g or w only.
    const clusterId = `${randomUUID().replaceAll('-', '').slice(0, 21)}A`;
    try {
      await Promise.all(
        made.map(async (node) => {
          const own = join(folder, `node-${node.id}`);
          await mkdir(own, { recursive: true });
          const properties = serverProperties({ id: node.id, folder: own, ports });
          await writeFile(join(own, 'server.properties'), properties);
          await node.format(clusterId);
          await node.start();
        }),
      );
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return cluster;
  }

  get nodes(): readonly KafkaNode[] {
    return this.#nodes;
  }

  /** Of the listeners without security. */
  get bootstrap(): string[] {
    return this.#nodes.map(({ port }) => `127.0.0.1:${port}`);
  }

  /** Ids count from 1. */
  node(id: number): KafkaNode {
    const node = this.#nodes[id - 1];
    if (node === undefined) throw new Error(`no node ${id} among ${this.#nodes.length}`);
    return node;
  }

  /** Kills all: what an orderly end would save is removed with the folder. */
  async stop(): Promise<void> {
    await Promise.all(this.#nodes.map((node) => node.kill()));
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
