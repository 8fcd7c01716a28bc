import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void;

/** A local HTTP server in Slack's place: answers the nth request with the nth handler, then `200 ok`. */
export class SlackStandIn {
  readonly bodies: string[] = [];
  readonly requests: IncomingMessage[] = [];
  readonly #handlers: Handler[];
  readonly #server: Server;

  constructor(handlers: Handler[]) {
    this.#handlers = handlers;
    this.#server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8');
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        this.bodies.push(body);
        this.requests.push(request);
        const handler = this.#handlers.shift() ?? answer(200, 'ok');
        handler(request, response, body);
      });
    });
  }

  /** Listens; returns an address with a secret in it. */
  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}/services/T0/B0/very-secret`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

export function answer(
  status: number,
  body: string,
  headers: Record<string, string> = {},
): Handler {
  return (_, response) => {
    response.writeHead(status, headers).end(body);
  };
}
