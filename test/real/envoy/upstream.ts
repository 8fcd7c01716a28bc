import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Upstream {
  port: number;
  /** Requests to `/hold` that are waiting for {@link release}. */
  held(): number;
  release(): void;
  /** From now on it answers 503 to whatever it is asked, or no longer. */
  fail(fails: boolean): void;
  close(): Promise<void>;
}

/**
 * The application behind the proxy; the path says what it does: `/status/<code>`, `/wait/<ms>` and then 200,
 * `/hold` until released, `/break` its answer after the head.
 */
export async function startUpstream(): Promise<Upstream> {
  const held = new Set<ServerResponse>();
  let failing = false;
  const server = createServer((request, response) => {
    const [, verb, value] = request.url!.split('/');
    request.resume();
    response.on('close', () => held.delete(response));
    if (failing) response.writeHead(503).end('ill\n');
    else if (verb === 'hold') held.add(response);
    else if (verb === 'break') breakOff(response);
    else if (verb === 'wait') void sleep(Number(value)).then(() => response.end('late\n'));
    else response.writeHead(Number(value)).end('well\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    held: () => held.size,
    release: () => {
      for (const response of held) response.end('released\n');
    },
    fail: (fails) => {
      failing = fails;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function breakOff(response: ServerResponse): void {
  response.writeHead(200, { 'content-length': 1000 });
  response.write('the first of a thousand bytes', () => response.destroy());
}
