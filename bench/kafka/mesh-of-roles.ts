import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Role } from '../../src/config/config.ts';
import type { Topic } from '../../src/stream/record.ts';
import { KafkaCluster } from '../../test/kafka/cluster.ts';
import { TestTopics } from '../../test/kafka/stream.ts';
import { cpuSeconds } from '../../test/real/edge/process.ts';
import { newFolder, ServerUnderLoad } from '../load/server.ts';

export const SESSION_MS = 10_000;

/** One real broker, and a process for each role on it. */
export class MeshOfRoles {
  readonly cluster: KafkaCluster;
  readonly #folder: string;
  readonly #topics: TestTopics;
  readonly #servers: ServerUnderLoad[] = [];

  private constructor(cluster: KafkaCluster, folder: string, topics: TestTopics) {
    this.cluster = cluster;
    this.#folder = folder;
    this.#topics = topics;
  }

  static async start(launcher: string, partitions: number): Promise<MeshOfRoles> {
    const folder = newFolder();
    const cluster = await KafkaCluster.start(launcher, { nodes: 1, folder });
    return new MeshOfRoles(cluster, folder, await TestTopics.create(cluster, 'bench', partitions));
  }

  async add(role: Role): Promise<ServerUnderLoad> {
    const config = [
      `roles: [${role}]`,
      'stream:',
      '  kind: kafka',
      '  kafka:',
      `    brokers: [${this.cluster.bootstrap}]`,
      `    prefix: ${this.#topics.prefix}`,
      `    session_timeout: ${SESSION_MS / 1_000}s`,
    ];
    const server = await ServerUnderLoad.start({ config: config.join('\n') });
    this.#servers.push(server);
    return server;
  }

  /** Of the broker, since it was started. */
  brokerCpuSeconds(): number {
    return cpuSeconds(this.cluster.node(1).pid);
  }

  /** Of all records that the broker has of a topic, bytes. */
  bytesOf(topic: Topic): number {
    const segments = readdirSync(this.#folder, { recursive: true, withFileTypes: true }).filter(
      ({ name, parentPath }) =>
        name.endsWith('.log') && parentPath.includes(`/${this.#topics.prefix}.${topic}-`),
    );
    const sizes = segments.map(({ name, parentPath }) => statSync(join(parentPath, name)).size);
    return sizes.reduce((sum, size) => sum + size, 0);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.stop()));
    await this.cluster.stop();
  }
}
