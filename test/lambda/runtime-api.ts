import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What Lambda is told of a handler, or a start, that failed. */
export interface LambdaError {
  errorType: string;
  errorMessage: string;
  stackTrace: string[];
}

/** An invocation that ended with an error. */
export class InvocationFailed extends Error {
  readonly told: LambdaError;

  constructor(told: LambdaError) {
    super(`${told.errorType}: ${told.errorMessage}`);
    this.told = told;
  }
}

interface Invocation {
  id: string;
  event: string;
  resolve(answer: string): void;
  reject(error: Error): void;
}

const ARN = 'arn:aws:lambda:eu-central-1:123456789012:function:meshpulse';
/** Most bytes of an answer, as Lambda has it. */
const MAX_ANSWER = 6_291_556;

/** Lambda's Runtime API of one environment, on loopback: version 2018-06-01. Hands out one invocation at a time. */
export class LoopbackRuntimeApi {
  /** `host:port`, for AWS_LAMBDA_RUNTIME_API. */
  readonly address: string;
  /** Set once the environment has said that it cannot start. */
  initError: LambdaError | null = null;
  readonly #server: ReturnType<typeof createServer>;
  readonly #waiting: Invocation[] = [];
  #current: Invocation | null = null;
  #polling: ServerResponse | null = null;
  #count = 0;

  static async start(): Promise<LoopbackRuntimeApi> {
    const server = createServer();
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    return new LoopbackRuntimeApi(server);
  }

  private constructor(server: ReturnType<typeof createServer>) {
    this.#server = server;
    this.address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    // The poll for the next invocation may last for ever.
    server.requestTimeout = 0;
    server.keepAliveTimeout = 0;
    server.on('request', (request, response) => void this.#answer(request, response));
  }

  /** Resolves with what the handler answered, as JSON. @throws InvocationFailed */
  invoke(event: string): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ id: `invocation-${++this.#count}`, event, resolve, reject });
      this.#handOut();
    });
  }

  /** True while the environment waits for an invocation, which is when Lambda freezes it. */
  get isIdle(): boolean {
    return this.#polling !== null;
  }

  /** The process of this environment is gone: nobody will answer what it was given. */
  gone(why: string): void {
    this.#polling = null;
    for (const { reject } of this.#waiting.splice(0)) reject(new Error(why));
    this.#current?.reject(new Error(why));
    this.#current = null;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((closed) => this.#server.close(closed));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = /^\/2018-06-01\/runtime\/(.*)$/.exec(request.url ?? '')?.[1];
    const route = `${request.method} ${path?.replace(this.#current?.id ?? '-', '{id}')}`;
    const body = await bodyOf(request);
    switch (route) {
      case 'GET invocation/next':
        this.#polling = response;
        this.#handOut();
        return;
      case 'POST invocation/{id}/response':
        if (Buffer.byteLength(body) > MAX_ANSWER) return end(response, 413);
        this.#current?.resolve(body);
        break;
      case 'POST invocation/{id}/error':
        this.#current?.reject(new InvocationFailed(JSON.parse(body) as LambdaError));
        break;
      case 'POST init/error':
        this.initError = JSON.parse(body) as LambdaError;
        return end(response, 202);
      default:
        return end(response, 400);
    }
    this.#current = null;
    end(response, 202);
  }

  #handOut(): void {
    if (this.#polling === null || this.#current !== null) return;
    const next = this.#waiting.shift();
    if (next === undefined) return;
    const polling = this.#polling;
    this.#polling = null;
    this.#current = next;
    polling.writeHead(200, {
      'content-type': 'application/json',
      'Lambda-Runtime-Aws-Request-Id': next.id,
      'Lambda-Runtime-Deadline-Ms': String(Date.now() + 30_000),
      'Lambda-Runtime-Invoked-Function-Arn': ARN,
      'Lambda-Runtime-Trace-Id': `Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0`,
    });
    polling.end(next.event);
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function end(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end('{"status":"OK"}');
}
