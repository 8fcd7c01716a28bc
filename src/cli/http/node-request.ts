import type { IncomingMessage } from 'node:http';
import type { BodyReader } from '../../receive/body.ts';
import type { Caller } from '../../receive/serve.ts';

/** A node:http request as {@link Caller}, without the cost of Web streams. */
export function nodeCaller(request: IncomingMessage): Caller {
  return {
    method: request.method ?? '',
    headers: { get: (name) => headerOf(request, name) },
    body: { getReader: () => nodeReader(request) },
  };
}

function headerOf({ headers }: IncomingMessage, name: string): string | null {
  const value = headers[name];
  return (Array.isArray(value) ? value.join(', ') : value) ?? null;
}

type Chunk = Awaited<ReturnType<BodyReader['read']>>;

/** Hands out chunks as they come. What was not asked for yet is what the socket delivered in one turn. */
function nodeReader(request: IncomingMessage): BodyReader {
  const chunks: Uint8Array[] = [];
  let ended = false;
  let failure: Error | null = null;
  let wake: (() => void) | null = null;
  const news = () => {
    wake?.();
    wake = null;
  };
  request.on('data', (chunk: Uint8Array) => {
    chunks.push(chunk);
    news();
  });
  request.on('end', () => {
    ended = true;
    news();
  });
  // A sender that goes away gives `aborted` and `close`, and an error where one listens.
  const broken = (error?: Error) => {
    failure ??= error ?? new Error('the connection was closed');
    news();
  };
  request.on('error', broken);
  request.on('close', () => {
    if (!ended) broken();
  });
  return {
    async read(): Promise<Chunk> {
      for (;;) {
        const value = chunks.shift();
        if (value !== undefined) return { done: false, value };
        if (ended) return { done: true };
        if (failure !== null) throw failure;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    async cancel() {
      request.removeAllListeners('data');
      request.pause();
    },
  };
}
