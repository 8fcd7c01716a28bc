import type { Delay } from '../views/partition-watch.ts';
import type { ApiOptions, NotReady } from './context.ts';
import { NO_STORE } from './errors.ts';
import { area, createRoute, json } from './route.ts';
import { health, notReady, ready } from './schemas/health.ts';

export function healthRoutes({ views, status, standby, version }: ApiOptions) {
  const alive = createRoute({
    method: 'get',
    path: '/healthz',
    tags: ['Operations'],
    summary: 'The process lives',
    responses: { 200: json(health, 'It does.', { status: 'ok', version: '0.1.0' }) },
  });

  const usable = createRoute({
    method: 'get',
    path: '/readyz',
    tags: ['Operations'],
    summary: 'Everything this process does may be used',
    responses: {
      200: json(ready, 'The views have caught up and every role is ready.', { status: 'ready' }),
      503: json(notReady, 'What is missing.', {
        status: 'not_ready',
        missing: [{ part: 'views', why: 'still reading what the stream holds' }],
      }),
    },
  });

  return area()
    .openapi(alive, (c) => c.json({ status: 'ok' as const, version }, 200, NO_STORE))
    .openapi(usable, (c) => {
      const missing = [...status()];
      if (views && views.failure() !== null) {
        missing.push({ part: 'views', why: 'reading the stream has failed for good' });
      } else if (views && !views.ready()) {
        missing.push({ part: 'views', why: 'still reading what the stream holds' });
      } else if (views) missing.push(...unanswered(views.delays()));
      if (missing.length === 0) {
        const waiting = [...(standby?.() ?? [])];
        const body = { status: 'ready' as const, ...(waiting.length > 0 && { standby: waiting }) };
        return c.json(body, 200, NO_STORE);
      }
      return c.json({ status: 'not_ready' as const, missing }, 503, NO_STORE);
    });
}

/** Views that hear nothing of the stream go on answering, and say how old that is. */
function unanswered(delays: readonly Delay[]): NotReady[] {
  const silent = delays.filter(({ reason }) => reason === 'stream_unavailable');
  if (silent.length === 0) return [];
  const seconds = Math.round(Math.max(...silent.map(({ ms }) => ms)) / 1000);
  const partitions = silent.map(({ partition }) => partition).join(', ');
  const why = `the stream says nothing of partition ${partitions} since ${seconds} s: answers are from before`;
  return [{ part: 'views', why }];
}
