import type { BodyBytes } from './body.ts';
import type { Caller } from './serve.ts';

/** A Web Request as {@link Caller}. */
export function webCaller(request: Request): Caller {
  const { method, headers, body } = request;
  if (body === null) return { method, headers, body: null };
  const all = async () => new Uint8Array(await request.arrayBuffer());
  return { method, headers, body: { ...webBody(body), all } };
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
