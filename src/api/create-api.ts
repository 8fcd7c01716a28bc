import type { OpenAPIHono } from '@hono/zod-openapi';
import { requestId } from 'hono/request-id';
import { alertsRoutes } from './alerts.ts';
import { breakersRoutes } from './breakers.ts';
import type { ApiEnv, ApiOptions } from './context.ts';
import { deadLettersRoutes } from './dead-letters.ts';
import { dependenciesRoutes } from './dependencies.ts';
import { docsRoutes } from './docs.ts';
import { NO_STORE, notFound, onError } from './errors.ts';
import { healthRoutes } from './health.ts';
import { metricsRoutes } from './metrics.ts';
import { partitionsRoutes } from './partitions.ts';
import { area } from './route.ts';
import { servicesRoutes } from './services.ts';
import { streamRoutes } from './stream.ts';

/**
 * The query API, health, metrics and their documentation, as a Hono app on Web Request and Response. Mount it at `/`,
 * after the doors. Without views it serves health and metrics only.
 */
export function createApi(options: ApiOptions): OpenAPIHono<ApiEnv> {
  const { views, newId, log } = options;
  const app = area();
  app.use('*', requestId({ generator: newId, limitLength: 128 }));
  app.use('*', async (c, next) => {
    await next();
    c.header('cache-control', NO_STORE['cache-control']);
    c.header('x-content-type-options', 'nosniff');
  });
  app.onError(onError(log));
  app.notFound(notFound(() => app.routes, elsewhere(options)));

  const areas = [healthRoutes(options), metricsRoutes(options)];
  if (views !== null) {
    const query = { ...options, views };
    areas.unshift(
      servicesRoutes(query),
      dependenciesRoutes(query),
      breakersRoutes(query),
      alertsRoutes(query),
      streamRoutes(query),
      deadLettersRoutes(query),
      partitionsRoutes(query),
    );
  }
  for (const routes of areas) app.route('/', routes);
  app.route('/', docsRoutes(app, options));
  return app;
}

/** Where a process without views sends those who look for a page or the API. */
function elsewhere({ views, roles }: ApiOptions): string {
  if (views !== null || roles === undefined) return '/docs lists what there is';
  const own = `${roles.length === 1 ? 'role' : 'roles'} ${roles.join(', ')}`;
  return `this process has the ${own}; the page and the API are where the role api runs`;
}
