import { UNKNOWN } from '../model/state.ts';
import type { Dependency } from '../views/services.ts';
import type { QueryOptions } from './context.ts';
import { DEPENDENCY_LIST } from './examples.ts';
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
import { dependencyList } from './schemas/dependency.ts';
import { freshnessJson } from './shape/delays.ts';
import { dependencyJson } from './shape/dependencies.ts';

export function dependenciesRoutes(options: QueryOptions) {
  const { views } = options;

  const list = createRoute({
    method: 'get',
    path: '/api/v1/dependencies',
    tags: ['Dependencies'],
    summary: 'Who calls whom, with windows, rates and breakers',
    description: 'By the called service, then the caller; an unknown caller comes first.',
    ...SECURED,
    middleware: guards(options),
    request: {
      query: query({
        limit: limit(100, 1000),
        cursor,
        namespace: namespace.openapi({ description: 'Only those whose called service is in it.' }),
        source: name
          .optional()
          .openapi({ description: 'Only those of this caller; `@unknown`: of callers not known.' }),
        destination: name.optional().openapi({
          description: 'Only those of this called service; `@unknown`: of those not known.',
        }),
      }),
    },
    responses: {
      200: json(dependencyList, 'One page of dependencies.', DEPENDENCY_LIST),
      ...errorAnswers(...QUERY_ERRORS, 'invalid_cursor'),
    },
  });

  return area().openapi(list, (c) => {
    const { source, destination, namespace: wanted, ...page } = c.req.valid('query');
    const found = views
      .dependencies()
      .filter(
        ({ state, called }) =>
          (source === undefined || (state.source ?? UNKNOWN) === source) &&
          (destination === undefined || called.service === destination) &&
          (wanted === undefined || called.service.endsWith(`.${wanted}`)),
      )
      .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
    const { items, nextCursor } = pageOf(found, keyOf, page);
    return c.json(
      {
        ...freshnessJson(views),
        dependencies: items.map(({ state, called }) =>
          dependencyJson(state, called, views.breakers(called)),
        ),
        next_cursor: nextCursor,
      },
      200,
    );
  });
}

/** Names hold no NUL, and an unknown source sorts before every known one. */
function keyOf({ state, called }: Dependency): string {
  return `${called.service}\0${state.source ?? ''}`;
}
