import { z } from '@hono/zod-openapi';
import type { QueryOptions } from './context.ts';
import { ALERT_LIST } from './examples.ts';
import {
  area,
  createRoute,
  errorAnswers,
  guards,
  json,
  QUERY_ERRORS,
  query,
  SECURED,
} from './route.ts';
import { alertList, alertStatus } from './schemas/alert.ts';
import { limit, name } from './schemas/common.ts';
import { alertOf } from './shape/alerts.ts';
import { freshnessJson } from './shape/delays.ts';

export function alertsRoutes(options: QueryOptions) {
  const { views } = options;

  const list = createRoute({
    method: 'get',
    path: '/api/v1/alerts',
    tags: ['Alerts'],
    summary: 'Alerts and who was told, what changed last first',
    ...SECURED,
    middleware: guards(options),
    request: {
      query: query({
        limit: limit(100, 1000),
        status: alertStatus.optional().openapi({ description: 'Only those firing, or resolved.' }),
        service: name.optional().openapi({ description: 'Only those of this service.' }),
        history: z.enum(['true', 'false']).default('false').openapi({
          description: '`true`: every state an alert went through, not only its newest.',
        }),
      }),
    },
    responses: {
      200: json(alertList, 'Alerts.', ALERT_LIST),
      ...errorAnswers(...QUERY_ERRORS),
    },
  });

  return area().openapi(list, (c) => {
    const { limit: most, status, service, history } = c.req.valid('query');
    const all = history === 'true' ? views.alertHistory() : views.alerts();
    const found = all.filter(
      (alert) =>
        (status === undefined || alert.status === status) &&
        (service === undefined || alert.service === service),
    );
    return c.json(
      {
        ...freshnessJson(views),
        alerts: found.slice(0, most).map((alert) => alertOf(alert, views)),
      },
      200,
    );
  });
}
