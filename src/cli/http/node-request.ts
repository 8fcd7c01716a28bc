import type { IncomingMessage } from 'node:http';
import type { BodyBytes } from '../../receive/body.ts';
import type { Caller } from '../../receive/serve.ts';

/** A node:http request as {@link Caller}, without the cost of Web streams. */
export class NodeCaller implements Caller {
  readonly method: string;
  readonly headers: NodeHeaders;
  readonly body: NodeBody;

  constructor(request: IncomingMessage) {
    this.method = request.method ?? '';
    this.headers = new NodeHeaders(request);
    this.body = new NodeBody(request);
  }
}

class NodeHeaders {
  readonly #request: IncomingMessage;

  constructor(request: IncomingMessage) {
    this.#request = request;
  }

  get(name: string): string | null {
    const value = this.#request.headers[name];
    return (Array.isArray(value) ? value.join(', ') : value) ?? null;
  }
}

class NodeBody implements BodyBytes {
  readonly #request: IncomingMessage;

  constructor(request: IncomingMessage) {
    this.#request = request;
  }

  read(take: (chunk: Uint8Array) => void): Promise<void> {
    const request = this.#request;
    return new Promise((resolve, reject) => {
      request.on('data', (chunk: Uint8Array) => {
        try {
          take(chunk);
        } catch (refusal) {
          request.removeAllListeners('data');
          request.pause();
          reject(refusal);
        }
      });
      request.on('end', resolve);
      // A sender that goes away gives `aborted` and `close`, and an error where one listens.
      request.on('error', reject);
      request.on('close', () => {
        if (!request.complete) reject(new Error('the connection was closed'));
      });
    });
  }
}
