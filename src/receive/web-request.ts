import type { BodyBytes } from './body.ts';
import type { Caller } from './serve.ts';

/** A Web Request as {@link Caller}. */
export function webCaller(request: Request): Caller {
  const { method, headers, body } = request;
  if (body === null) return { method, headers, body: null };
  const declared = Number(headers.get('content-length') ?? Number.POSITIVE_INFINITY);
  return { method, headers, body: declared <= WHOLE_BYTES ? wholeBody(request) : webBody(body) };
}

/** In one call: workerd hands over chunks of 4 kB, each of which costs about as much. */
function wholeBody(request: Request): BodyBytes {
  return {
    async read(take) {
      const bytes = await request.arrayBuffer();
      if (bytes.byteLength > 0) take(new Uint8Array(bytes));
    },
  };
}

export function webBody(body: ReadableStream<Uint8Array>): BodyBytes {
  return {
    async read(take) {
      const reader = body.getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        try {
          take(value);
        } catch (refusal) {
          // Not awaited: a sender that never ends must not keep its answer waiting.
          reader.cancel(refusal).catch(() => {});
          throw refusal;
        }
      }
    },
  };
}

/** What is read before it is counted as held: so many of them at once must fit into an isolate. */
const WHOLE_BYTES = 128 * 1024;
