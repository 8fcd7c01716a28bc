import { z } from '@hono/zod-openapi';
import type { QueryOptions } from './context.ts';
import { ApiError } from './errors.ts';
import { STREAM } from './examples.ts';
import { area, createRoute, errorAnswers, guards, QUERY_ERRORS, query, SECURED } from './route.ts';
import { eventStream } from './sse/event-stream.ts';

export function streamRoutes(options: QueryOptions) {
  const { views, timers, metrics, maxStreams = 200 } = options;
  const clients = metrics.gauge('meshpulse_event_streams', 'Event streams being served.');
  const drops = metrics.counter(
    'meshpulse_event_stream_dropped_total',
    'Events that were not sent because their client was too slow; it got a fresh snapshot instead.',
  );
  let open = 0;

  const stream = createRoute({
    method: 'get',
    path: '/api/v1/stream',
    tags: ['Live'],
    summary: 'What changes, as server-sent events',
    description: [
      'The first event is a `snapshot`: `as_of`, every service as in `/api/v1/services`, and the alerts that fire.',
      'Then `state` (a service, as in the list), `transition` and `alert`, each with its sequence as `id`.',
      'A client that reads too slowly gets another `snapshot`, which says how many events were `dropped` for it.',
      'A comment comes every 15 s. The stream ends after 5 minutes: connect again, as EventSource does by itself.',
    ].join(' '),
    ...SECURED,
    middleware: guards(options),
    request: { query: query({}) },
    responses: {
      200: {
        description: 'The stream.',
        content: { 'text/event-stream': { schema: z.string(), example: STREAM } },
      },
      ...errorAnswers(...QUERY_ERRORS, 'too_many_streams'),
    },
  });

  return area().openapi(stream, (c) => {
    const headers = {
      'content-type': 'text/event-stream; charset=utf-8',
      // nginx holds a response back until its buffer is full unless it is told not to.
      'x-accel-buffering': 'no',
    };
    // Nobody would ever read or cancel the body of an answer to HEAD.
    if (c.req.method === 'HEAD') return c.body(null, 200, headers);
    if (open >= maxStreams) {
      const message = `${open} event streams are being served, which is as many as may be`;
      throw new ApiError(503, 'too_many_streams', message, { 'retry-after': '10' });
    }
    clients.set({}, ++open);
    const body = eventStream({
      views,
      timers,
      dropped: (count) => drops.inc({ reason: 'slow_client' }, count),
      closed: () => clients.set({}, --open),
    });
    return c.body(body, 200, headers);
  });
}
