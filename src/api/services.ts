import { z } from '@hono/zod-openapi';
import type { QueryOptions } from './context.ts';
import { ApiError } from './errors.ts';
import { SERVICE, SERVICE_LIST } from './examples.ts';
import { pageOf } from './page.ts';
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
import { cursor, limit, name, namespace } from './schemas/common.ts';
import { service, serviceList } from './schemas/service.ts';
import { breakerJson } from './shape/breakers.ts';
import { freshnessJson } from './shape/delays.ts';
import { dependencyJson } from './shape/dependencies.ts';
import {
  clusterJson,
  exemplarJson,
  failoverJson,
  subsetJson,
  summaryJson,
} from './shape/services.ts';

export function servicesRoutes(options: QueryOptions) {
  const { views } = options;
  const middleware = guards(options);

  const list = createRoute({
    method: 'get',
    path: '/api/v1/services',
    tags: ['Services'],
    summary: 'Every service with its windows, rates and breaker',
    description:
      'By name. A service that was last seen over an hour ago, and has no request in any window, is no longer listed.',
    ...SECURED,
    middleware,
    request: { query: query({ limit: limit(100, 1000), cursor, namespace }) },
    responses: {
      200: json(serviceList, 'One page of services.', SERVICE_LIST),
      ...errorAnswers(...QUERY_ERRORS, 'invalid_cursor'),
    },
  });

  const one = createRoute({
    method: 'get',
    path: '/api/v1/services/{service}',
    tags: ['Services'],
    summary:
      'One service: windows, subsets, clusters, failovers, callers, callees, breakers, exemplars',
    ...SECURED,
    middleware,
    request: {
      params: z.object({
        service: name.openapi({
          param: { name: 'service', in: 'path' },
          description:
            'Percent-encoded. `@unknown`: the requests whose record names no called service.',
          example: 'reviews.shop',
        }),
      }),
      query: query({}),
    },
    responses: {
      200: json(service, 'The service.', SERVICE),
      ...errorAnswers(...QUERY_ERRORS, 'service_not_found'),
    },
  });

  return area()
    .openapi(list, (c) => {
      const { namespace: wanted, ...page } = c.req.valid('query');
      const states = views
        .services()
        .filter((state) => wanted === undefined || state.service.endsWith(`.${wanted}`));
      const { items, nextCursor } = pageOf(states, (state) => state.service, page);
      return c.json(
        {
          ...freshnessJson(views),
          services: items.map((state) =>
            summaryJson(state, views.breakers(state), views.delayOf(state.service)),
          ),
          next_cursor: nextCursor,
        },
        200,
      );
    })
    .openapi(one, (c) => {
      const { service: wanted } = c.req.valid('param');
      const state = views.service(wanted);
      if (state === null) {
        const message = `no service ${JSON.stringify(wanted.slice(0, 253))} was seen in the last hour`;
        throw new ApiError(404, 'service_not_found', message);
      }
      const breakers = views.breakers(state);
      const dependencies = views.dependencies();
      const callers = dependencies.filter(({ called }) => called.service === wanted);
      const callees = dependencies.filter((dependency) => dependency.state.source === wanted);
      return c.json(
        {
          ...summaryJson(state, breakers, views.delayOf(state.service)),
          breakers: [...breakers]
            .sort((a, b) => Number(b.status.rollup) - Number(a.status.rollup))
            .map(breakerJson),
          subsets: state.subsets.map(subsetJson),
          clusters: state.clusters.map(clusterJson),
          failovers: state.failovers.map(failoverJson),
          callers: callers.map((caller) => dependencyJson(caller.state, state, breakers)),
          callees: callees.map(({ state: callee, called }) =>
            dependencyJson(callee, called, views.breakers(called)),
          ),
          exemplars: state.exemplars.map(exemplarJson),
        },
        200,
      );
    });
}
