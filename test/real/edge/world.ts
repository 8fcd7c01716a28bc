import { createHash } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalWorker } from '../../../src/cli/demo/edge/local-worker.ts';
import { bundleWorker } from '../../../src/cli/demo/edge/worker-bundle.ts';
import { ask } from '../../chaos/kafka/ask.ts';
import { configure, makeTopics, PREFIX } from '../../chaos/kafka/setting.ts';
import { Server } from '../../chaos/server.ts';
import { environment, tokenOf } from '../../chaos/setting.ts';
import { KafkaCluster } from '../../kafka/cluster.ts';
import { freePorts } from '../../kafka/ports.ts';

export interface EdgeOptions {
  launcher: string;
  nodes?: 1 | 3;
  partitions: number;
  /** With tokens of their own: provider → token. */
  tokens: Readonly<Record<string, string>>;
  /** Of every broker, beside those that tests always have. */
  broker?: Readonly<Record<string, string | number>>;
  /** Of the Worker. */
  settings?: Readonly<Record<string, string>>;
  /** @see LocalWorkerOptions.heapMiB */
  heapMiB?: number;
}

/** A real Kafka and the Worker in workerd; {@link startRoles} adds those who count and show. */
export class Edge {
  readonly cluster: KafkaCluster;
  readonly worker: LocalWorker;
  readonly #options: EdgeOptions;
  readonly #folder: string;
  readonly #roles: Server[] = [];
  apiPort = 0;

  private constructor(
    options: EdgeOptions,
    folder: string,
    cluster: KafkaCluster,
    worker: LocalWorker,
  ) {
    this.#options = options;
    this.#folder = folder;
    this.cluster = cluster;
    this.worker = worker;
  }

  static async start(options: EdgeOptions): Promise<Edge> {
    const { launcher, nodes = 1, partitions, tokens, broker, settings, heapMiB } = options;
    const folder = mkdtempSync(join(tmpdir(), 'meshpulse-edge-'));
    const [script, cluster, [port]] = await Promise.all([
      bundleWorker(join(folder, 'bundle')),
      KafkaCluster.start(launcher, { nodes, folder: join(folder, 'kafka'), settings: broker }),
      freePorts(1),
    ]);
    await makeTopics(cluster.bootstrap, partitions);
    const worker = new LocalWorker({
      script,
      folder,
      port: port!,
      ...(heapMiB !== undefined && { heapMiB }),
      settings: {
        MESHPULSE_KAFKA_BROKERS: cluster.bootstrap.join(),
        MESHPULSE_KAFKA_PREFIX: PREFIX,
        MESHPULSE_KAFKA_PARTITIONS: String(partitions),
        MESHPULSE_TOKENS: JSON.stringify(hashed(tokens)),
        ...settings,
      },
    });
    const edge = new Edge(options, folder, cluster, worker);
    await worker.start();
    return edge;
  }

  get port(): number {
    return Number(new URL(this.worker.url).port);
  }

  /** `meshpulse serve` with the roles that count and show, a process each. */
  async startRoles(): Promise<void> {
    const { cluster } = this;
    configure(this.#folder, cluster.bootstrap, this.#options.partitions);
    const ports = await freePorts(2);
    for (const [at, role] of ['aggregate', 'api'].entries()) {
      const server = new Server({
        folder: this.#folder,
        port: ports[at]!,
        args: ['--roles', role],
        log: `${role}.log`,
        askEveryMs: 100,
        env: environment(Object.keys(this.#options.tokens), 'http://127.0.0.1:9/'),
      });
      this.#roles.push(server);
    }
    await Promise.all(this.#roles.map((server) => server.ready()));
    this.apiPort = ports[1]!;
  }

  /** Samples of the lanes' metrics by their text; null when the Worker does not answer. */
  laneMetrics(): Promise<ReadonlyMap<string, number> | null> {
    return laneMetricsAt(this.port);
  }

  /** Bytes that wait in all outboxes; null when the Worker does not answer. */
  async outboxBytes(): Promise<number | null> {
    const metrics = await this.laneMetrics();
    return metrics && sumOf(metrics, 'meshpulse_lane_outbox_bytes');
  }

  async stop(): Promise<void> {
    await Promise.all(this.#roles.map((server) => server.kill()));
    await this.worker.stop();
    await this.cluster.stop();
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** @see Edge.laneMetrics */
export async function laneMetricsAt(port: number): Promise<ReadonlyMap<string, number> | null> {
  const text = await ask(port, '/metrics');
  if (text === null) return null;
  const samples = text.matchAll(/^(meshpulse_\S+(?:\{.*\})?) (\S+)$/gm);
  return new Map([...samples].map(([, name, value]) => [name!, Number(value)]));
}

export function sumOf(metrics: ReadonlyMap<string, number>, family: string): number {
  let sum = 0;
  for (const [name, value] of metrics) if (name.startsWith(`${family}{`)) sum += value;
  return sum;
}

/** As the secret of a Worker has them; whoever reads is another one. */
export function hashed(tokens: EdgeOptions['tokens']): object[] {
  const entry = (provider: string, scope: string, token: string) => ({
    provider,
    scopes: [scope],
    sha256: createHash('sha256').update(token).digest('hex'),
  });
  return [
    ...Object.entries(tokens).map(([provider, token]) => entry(provider, 'ingest', token)),
    entry('reader', 'query', tokenOf('reader')),
  ];
}
