import { Agent, type ClientRequest, request } from 'node:http';
import { connect } from 'node:net';

/** Sends requests to one listener of an Envoy. */
export class Client {
  readonly #port: number;
  readonly #agent = new Agent({ keepAlive: true });

  constructor(port: number) {
    this.#port = port;
  }

  /** Resolves to the status once the answer is over, also when it broke; 0 when there was none. */
  get(service: string, path: string, headers: Record<string, string> = {}): Promise<number> {
    return this.begin(service, path, headers).status;
  }

  /** For a request that the client may abort. */
  begin(
    service: string,
    path: string,
    headers: Record<string, string> = {},
  ): { request: ClientRequest; status: Promise<number> } {
    const begun = request({
      host: '127.0.0.1',
      port: this.#port,
      path,
      agent: this.#agent,
      headers: { host: `${service}:9080`, ...headers },
    });
    const status = new Promise<number>((resolve) => {
      begun.on('error', () => resolve(0));
      begun.on('response', (response) => {
        response.on('error', () => {});
        response.on('close', () => resolve(response.statusCode!));
        response.resume();
      });
    });
    begun.end();
    return { request: begun, status };
  }

  /** A request whose User-Agent is these bytes, which no HTTP library would send. */
  async getAs(agent: Uint8Array, service: string, path: string): Promise<string> {
    const socket = connect(this.#port, '127.0.0.1');
    const head = `GET ${path} HTTP/1.1\r\nhost: ${service}:9080\r\nconnection: close\r\nuser-agent: `;
    // Not end(): Envoy takes a half-closed connection for a client that left.
    socket.write(Buffer.concat([Buffer.from(head), agent, Buffer.from('\r\n\r\n')]));
    let answer = '';
    for await (const part of socket) answer += String(part);
    return answer.split('\r\n', 1)[0]!;
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** Runs `send` for 0 … count - 1, at most `at` at a time. */
export async function times(
  count: number,
  at: number,
  send: (index: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < count) await send(next++);
  };
  await Promise.all(Array.from({ length: at }, lane));
}
