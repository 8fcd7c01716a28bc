import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { partitionCount } from '../../../src/stream/kafka/topics.ts';
import { MemoryStream } from '../../../src/stream/memory/memory-stream.ts';
import type { AppendRecord, Topic } from '../../../src/stream/record.ts';
import { type RequestV2, type RequestV3, recordOfV2, recordOfV3 } from './requests.ts';

export interface RestServerOptions {
  version: 'v2' | 'v3';
  partitions?: number;
  /** By default one that is free. */
  port?: number;
  auth?: { username: string; password: string };
}

/** One request to write, of which nothing is written or answered yet. */
export interface Call {
  topic: Topic;
  records: AppendRecord[];
  response: ServerResponse;
  /** Writes these and returns what the API reports of each. */
  write(records: readonly AppendRecord[]): Promise<object[]>;
  /** As the API puts reports into one answer. */
  answer(reports: readonly object[], status?: number): void;
}

export const CLUSTER = 'cluster 1';

/**
 * A loopback server that speaks Confluent's REST API as it is documented, with the records in memory. A test says what it
 * does with the nth request to write; with others it does what it should.
 */
export class RestServer {
  readonly stream: MemoryStream;
  readonly next: ((call: Call) => unknown)[] = [];
  /** Values of the records of each request to write. */
  readonly posts: string[][] = [];
  readonly requests: IncomingMessage[] = [];
  connections = 0;
  /** Most requests to write that were under way at the same time, for each topic. */
  readonly most = new Map<Topic, number>();
  /** What it says of a topic; by default what is so. */
  describe: (response: ServerResponse, topic: Topic) => void;
  readonly #options: RestServerOptions;
  readonly #server: Server;
  readonly #underWay = new Map<Topic, number>();

  private constructor(options: RestServerOptions) {
    const { partitions = 1, version } = options;
    this.#options = options;
    this.stream = new MemoryStream({ clock: Date.now, partitions });
    this.describe = (response, topic) => {
      const count = partitionCount(topic, partitions);
      const ids = Array.from({ length: count }, (_, partition) => ({ partition }));
      response.end(JSON.stringify(version === 'v3' ? { partitions_count: count } : ids));
    };
    this.#server = createServer((request, response) => {
      // A client that hangs up while this writes is what some tests are about.
      response.on('error', () => {});
      this.#handle(request, response).catch((error) => response.destroy(error));
    });
    this.#server.on('connection', () => this.connections++);
  }

  static async start(options: RestServerOptions): Promise<RestServer> {
    const server = new RestServer(options);
    server.#server.listen(options.port ?? 0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/base`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    await this.stream.close();
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.requests.push(request);
    const { version, auth } = this.#options;
    const name = topicOf(request.url!, version);
    if (name === null) return fail(response, 404, 40_401, 'no such path');
    if (auth !== undefined) {
      const basic = Buffer.from(`${auth.username}:${auth.password}`).toString('base64');
      if (request.headers.authorization !== `Basic ${basic}`) {
        request.resume();
        return fail(response, 401, 40_101, 'unknown key');
      }
    }
    const topic = name.replace('t.', '') as Topic;
    if (request.method === 'GET') return this.describe(response, topic);
    const underWay = (this.#underWay.get(topic) ?? 0) + 1;
    this.#underWay.set(topic, underWay);
    this.most.set(topic, Math.max(underWay, this.most.get(topic) ?? 0));
    response.on('close', () => this.#underWay.set(topic, this.#underWay.get(topic)! - 1));
    const text = (await buffer(request)).toString();
    await this.#produce(topic, recordsIn(text, request, topic, version), response);
  }

  async #produce(topic: Topic, records: AppendRecord[], response: ServerResponse): Promise<void> {
    const { version } = this.#options;
    this.posts.push(records.map(({ value }) => Buffer.from(value ?? []).toString()));
    const call: Call = {
      topic,
      records,
      response,
      write: async (some) => {
        const positions = await this.stream.append(some);
        return positions.map(({ partition, offset }) =>
          version === 'v3'
            ? { error_code: 200, cluster_id: CLUSTER, partition_id: partition, offset }
            : { partition, offset, error_code: null, error: null },
        );
      },
      answer: (reports, status = 200) => {
        response.writeHead(status, { 'content-type': 'application/json' });
        const offsets = { offsets: reports, key_schema_id: null };
        if (version === 'v2') response.end(JSON.stringify(offsets));
        else response.end(reports.map((report) => `${JSON.stringify(report)}\r\n`).join(''));
      },
    };
    const handler = this.next.shift() ?? (async () => call.answer(await call.write(records)));
    await handler(call);
  }
}

export function fail(response: ServerResponse, status: number, code: number, message: string) {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ error_code: code, message }));
}

/** Kafka's name of the topic in the paths of that version. */
function topicOf(url: string, version: 'v2' | 'v3'): string | null {
  const before = version === 'v3' ? `/v3/clusters/${encodeURIComponent(CLUSTER)}` : '';
  const behind = version === 'v3' ? '(?:/records)?' : '(?:/partitions)?';
  return new RegExp(`^/base${before}/topics/(t[.][a-z-]+)${behind}$`).exec(url)?.[1] ?? null;
}

/** @throws what is wrong with the request: a client is not to send it */
function recordsIn(text: string, { headers }: IncomingMessage, topic: Topic, version: 'v2' | 'v3') {
  if (version === 'v2') {
    if (headers['content-type'] !== 'application/vnd.kafka.binary.v2+json') throw new Error('415');
    const { records } = JSON.parse(text) as { records: RequestV2[] };
    return records.map((record) => recordOfV2(topic, record));
  }
  if (headers['content-type'] !== 'application/json') throw new Error('415');
  if (headers['transfer-encoding'] !== 'chunked') throw new Error('not streamed');
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => recordOfV3(topic, JSON.parse(line) as RequestV3));
}
