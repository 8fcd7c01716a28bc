import type { Hono } from 'hono';
import { handle, type LambdaEvent } from 'hono/aws-lambda';

export type HttpEvent = Partial<LambdaEvent>;
type Handle = ReturnType<typeof handle>;
export type HttpAnswer = Awaited<ReturnType<Handle>>;

/**
 * An app as the handler of a function URL, or of an HTTP API (payload 2.0).
 *
 * @param after what is done behind each answer, before the process may be frozen
 */
export function lambdaHandler(
  app: Hono,
  after: () => Promise<unknown> | null = () => null,
): (event: HttpEvent) => Promise<HttpAnswer> {
  return async (event) => {
    const work: Promise<unknown>[] = [];
    const context = {
      waitUntil: (promise: Promise<unknown>) => void work.push(promise),
      passThroughOnException() {},
      props: {},
    };
    const serving = {
      fetch: (request: Request, env: object) => app.fetch(request, env, context),
    };
    const answer = await handle(serving as Hono)(asRequest(event) as LambdaEvent);
    // Lambda freezes the process once it has the answer, and may never thaw it.
    await Promise.allSettled([...work, after()]);
    return answer;
  };
}

/** What a Web Request cannot be made of is not handed to the adapter, which would answer 400 or another path. */
function asRequest(event: HttpEvent): HttpEvent {
  if (!('rawPath' in event) || event.rawPath === undefined) return event;
  const method = event.requestContext?.http?.method;
  return {
    ...event,
    // An HTTP API decodes the path.
    rawPath: event.rawPath.replaceAll('?', '%3F').replaceAll('#', '%23'),
    body: method === 'GET' || method === 'HEAD' ? null : (event.body ?? null),
  };
}
