import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { DoorAnswer, DoorRoute } from '../../receive/door.ts';
import type { Doors } from '../../receive/doors.ts';
import { NodeCaller } from './node-request.ts';

/**
 * Calls the doors straight from node:http, which is half the cost of a Web Request and Response, and leaves all else
 * to `otherwise`. The same suite runs over this and over Hono.
 */
export function nodeListener(
  { routes, serve }: Doors,
  otherwise: RequestListener,
): RequestListener {
  const byPath = new Map(routes.map((route) => [route.path, route]));
  return (request, response) => {
    const found = request.method === 'OPTIONS' ? null : match(byPath, request.url ?? '/');
    if (found === null) {
      otherwise(request, response);
      return;
    }
    // Never rejects.
    void serve(found.route, new NodeCaller(request), found.token).then((answer) =>
      send(request, response, answer),
    );
  };
}

function match(byPath: ReadonlyMap<string, DoorRoute>, url: string) {
  const query = url.indexOf('?');
  const path = query < 0 ? url : url.slice(0, query);
  const direct = byPath.get(path);
  if (direct !== undefined) return { route: direct, token: null };
  const [, token, rest] = /^\/t\/([^/]+)(\/.*)$/.exec(path) ?? [];
  const route = rest === undefined ? undefined : byPath.get(rest);
  return route === undefined ? null : { route, token: decoded(token!) };
}

/** A token that is not percent-encoded right is taken as it stands: it is not a token we know. */
function decoded(token: string): string {
  try {
    return decodeURIComponent(token);
  } catch {
    return token;
  }
}

function send(request: IncomingMessage, response: ServerResponse, answer: DoorAnswer): void {
  const body = answer.body === null ? '' : answer.body;
  const length = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
  const headers: Record<string, string | number> = { ...answer.headers, 'content-length': length };
  if (!request.complete) headers.connection = 'close';
  response.writeHead(answer.status, headers);
  response.end(request.method === 'HEAD' ? '' : body);
  if (!request.complete) discard(request);
}

/**
 * Reads on for a moment: closing a socket with unread bytes makes the kernel reset it, and the sender might lose the
 * answer that says why (RFC 9112 section 9.6).
 */
function discard(request: IncomingMessage): void {
  request.resume();
  const cut = setTimeout(() => request.destroy(), DISCARD_MS);
  cut.unref();
  request.once('close', () => clearTimeout(cut));
}

const DISCARD_MS = 1_000;
