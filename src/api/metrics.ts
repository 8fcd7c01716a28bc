import { z } from '@hono/zod-openapi';
import type { ApiOptions } from './context.ts';
import { METRICS } from './examples.ts';
import { viewsExposition } from './exposition.ts';
import { area, createRoute, errorAnswers, requireQuery, SECURED } from './route.ts';

const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export function metricsRoutes(options: ApiOptions) {
  const { views, metrics } = options;

  const scrape = createRoute({
    method: 'get',
    path: '/metrics',
    tags: ['Operations'],
    summary: "Counters and gauges in Prometheus' text format",
    description:
      'What is not known has no sample. Of more than 1000 services the first thousand by name have series; `meshpulse_services_left_out` says how many have none.',
    ...SECURED,
    middleware: [requireQuery(options)],
    responses: {
      200: {
        description: 'Text format 0.0.4.',
        content: { 'text/plain': { schema: z.string(), example: METRICS } },
      },
      ...errorAnswers('unauthenticated', 'insufficient_scope'),
    },
  });

  return area().openapi(scrape, (c) => {
    const own = metrics.exposition().trimStart();
    // Before they have caught up the views' counters would be seen to jump.
    const known = views?.ready() ? viewsExposition(views) : '';
    return c.text(own + known, 200, { 'content-type': CONTENT_TYPE });
  });
}
