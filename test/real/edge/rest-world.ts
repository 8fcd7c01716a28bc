import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalWorker } from '../../../src/cli/demo/edge/local-worker.ts';
import { decodeMessage } from '../../../src/packed/codec.ts';
import { freePorts } from '../../kafka/ports.ts';
import { events } from '../../receive/harness.ts';
import { allTexts, readAll } from '../../stream/contract/under-test.ts';
import { CLUSTER, RestServer } from '../../stream/kafka-rest/rest-server.ts';
import { hashed, laneMetricsAt } from './world.ts';

const TOKEN = 'token-of-the-sender';
const PARTITIONS = 4;

/** The Worker in workerd, and the loopback server of Kafka's REST API that it writes to. */
export class RestEdge {
  readonly version: 'v2' | 'v3';
  readonly worker: LocalWorker;
  readonly #folder: string;
  #rest: RestServer;

  private constructor(version: 'v2' | 'v3', worker: LocalWorker, folder: string, rest: RestServer) {
    this.version = version;
    this.worker = worker;
    this.#folder = folder;
    this.#rest = rest;
  }

  /** @param script as `bundleWorker` makes it */
  static async start(version: 'v2' | 'v3', script: string): Promise<RestEdge> {
    const folder = mkdtempSync(join(tmpdir(), 'meshpulse-edge-rest-'));
    const [port, restPort] = await freePorts(2);
    const rest = await RestServer.start({ version, partitions: PARTITIONS, port: restPort! });
    const worker = new LocalWorker({
      script,
      folder,
      port: port!,
      settings: {
        MESHPULSE_SINK: 'kafka-rest',
        MESHPULSE_KAFKA_REST_URL: rest.url,
        MESHPULSE_KAFKA_REST_API: version,
        MESHPULSE_KAFKA_REST_CLUSTER: CLUSTER,
        MESHPULSE_KAFKA_PREFIX: 't',
        MESHPULSE_KAFKA_PARTITIONS: String(PARTITIONS),
        MESHPULSE_TOKENS: JSON.stringify(hashed({ sender: TOKEN })),
      },
    });
    await worker.start();
    return new RestEdge(version, worker, folder, rest);
  }

  get rest(): RestServer {
    return this.#rest;
  }

  post(body: string, signal: AbortSignal | null = null): Promise<Response> {
    const headers = { authorization: `Bearer ${TOKEN}` };
    return fetch(`${this.worker.url}/v1/access-logs`, { method: 'POST', headers, body, signal });
  }

  /** That the server has been sent since it came back. */
  async events(): Promise<Record<string, unknown>[]> {
    const all: Record<string, unknown>[] = [];
    for (let partition = 0; partition < PARTITIONS; partition++) {
      for (const { value } of await readAll(this.#rest.stream, 'requests', partition)) {
        const message = decodeMessage(value!);
        if (message.kind === 'parts') all.push(...events(message.parts));
      }
    }
    return all;
  }

  async codes(): Promise<unknown[]> {
    return (await this.events()).map(({ code }) => code).sort();
  }

  /** Of dead letters. */
  async samples(): Promise<unknown[]> {
    const texts = await allTexts(this.#rest.stream, 'dead-letters');
    return texts.map((text) => JSON.parse(text!));
  }

  /** Of the lane. */
  async metric(name: string): Promise<number | undefined> {
    const metrics = await laneMetricsAt(Number(new URL(this.worker.url).port));
    return metrics?.get(name);
  }

  /** Ends the server; returns what starts it again at the same address, with nothing written. */
  async leave(): Promise<() => Promise<void>> {
    const { version } = this;
    const { port } = this.#rest;
    await this.#rest.stop();
    return async () => {
      this.#rest = await RestServer.start({ version, partitions: PARTITIONS, port });
    };
  }

  async stop(): Promise<void> {
    await this.worker.stop();
    await this.#rest.stop();
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
