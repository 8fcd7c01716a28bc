import type { ApiOptions } from './context.ts';
import { NO_STORE } from './errors.ts';
import { area, createRoute, json } from './route.ts';
import { health, notReady, ready } from './schemas/health.ts';

export function healthRoutes({ views, status, version }: ApiOptions) {
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
      }
      if (missing.length === 0) return c.json({ status: 'ready' as const }, 200, NO_STORE);
      return c.json({ status: 'not_ready' as const, missing }, 503, NO_STORE);
    });
}
