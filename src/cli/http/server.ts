import { createServer, type RequestListener, type Server } from 'node:http';
import { isWildcard } from '../../config/checks.ts';
import type { ListenConfig, ReceiveConfig } from '../../config/config.ts';

export interface HttpServer {
  /** One that can be opened here, without a trailing slash; port 0 has become the port taken. */
  url: string;
  /** Takes no more connections, waits for requests in progress, then cuts what is still open. */
  close(): Promise<void>;
}

/** Listens with the limits of the config. Rejects when the address cannot be had. */
export async function listen(
  listener: RequestListener,
  { host, port }: ListenConfig,
  { headerTimeoutMs, requestTimeoutMs }: ReceiveConfig,
): Promise<HttpServer> {
  const limits = {
    headersTimeout: headerTimeoutMs,
    requestTimeout: requestTimeoutMs,
    connectionsCheckingInterval: Math.min(headerTimeoutMs, 5_000),
  };
  let closed: Promise<void> | null = null;
  const server = createServer(limits, (request, response) => {
    // A busy connection would otherwise go on asking until it is cut, in the middle of an answer (RFC 9112 9.6).
    if (closed !== null) response.shouldKeepAlive = false;
    listener(request, response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return {
    url: urlOf(server),
    close() {
      closed ??= close(server);
      return closed;
    },
  };
}

async function close(server: Server): Promise<void> {
  // Event streams never end by themselves.
  const cut = setTimeout(() => server.closeAllConnections(), IN_PROGRESS_MS);
  // Node closes those that are idle now; one whose last answer is still being made is idle after it.
  const idle = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS);
  await new Promise<void>((resolve) => server.close(() => resolve()));
  clearInterval(idle);
  clearTimeout(cut);
}

function urlOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === 'string')
    throw new Error('the server does not listen');
  if (isWildcard(address.address)) return `http://127.0.0.1:${address.port}`;
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `http://${host}:${address.port}`;
}

/** Longest an answer in progress may take once the server is closing. */
const IN_PROGRESS_MS = 3_000;
const IDLE_CHECK_MS = 50;
