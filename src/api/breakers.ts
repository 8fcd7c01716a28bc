import { z } from '@hono/zod-openapi';
import type { QueryOptions } from './context.ts';
import { ApiError } from './errors.ts';
import { BREAKER_LIST, TRANSITION_LIST } from './examples.ts';
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
import { basis, breakerList, transitionList } from './schemas/breaker.ts';
import { cursor, limit, name } from './schemas/common.ts';
import { breakerJson, transitionJson } from './shape/breakers.ts';
import { freshnessJson } from './shape/delays.ts';

export function breakersRoutes(options: QueryOptions) {
  const { views } = options;
  const middleware = guards(options);

  const list = createRoute({
    method: 'get',
    path: '/api/v1/breakers',
    tags: ['Breakers'],
    summary: 'Every breaker: per dependency and subset, and rolled up per service',
    description: 'By key.',
    ...SECURED,
    middleware,
    request: {
      query: query({
        limit: limit(100, 1000),
        cursor,
        state: z.enum(['CLOSED', 'OPEN', 'HALF_OPEN', 'HALF-OPEN']).optional().openapi({
          description: 'Only those in this state; `HALF-OPEN` is another spelling of `HALF_OPEN`.',
        }),
        service: name.optional().openapi({ description: 'Only those that watch this service.' }),
        basis: basis.optional(),
      }),
    },
    responses: {
      200: json(breakerList, 'One page of breakers.', BREAKER_LIST),
      ...errorAnswers(...QUERY_ERRORS, 'invalid_cursor'),
    },
  });

  const transitions = createRoute({
    method: 'get',
    path: '/api/v1/breakers/{key}/transitions',
    tags: ['Breakers'],
    summary: 'What a breaker did, oldest first',
    description: 'The newest thousand of a breaker are kept, for at most seven days.',
    ...SECURED,
    middleware,
    request: {
      params: z.object({
        key: name.openapi({
          param: { name: 'key', in: 'path' },
          description: '`key` of a breaker, percent-encoded.',
          example: 'inferred:*:reviews.shop:*',
        }),
      }),
      query: query({
        limit: limit(1000, 1000),
        cursor,
        since: z.iso.datetime({ offset: true }).optional().openapi({
          description: 'Only those at this event time or later; RFC 3339.',
          example: '2026-01-02T03:00:00Z',
        }),
      }),
    },
    responses: {
      200: json(transitionList, 'One page of transitions.', TRANSITION_LIST),
      ...errorAnswers(...QUERY_ERRORS, 'invalid_cursor', 'breaker_not_found'),
    },
  });

  return area()
    .openapi(list, (c) => {
      const { state, service, basis: wanted, ...page } = c.req.valid('query');
      const named = state?.replace('-', '_');
      const found = views
        .services()
        .filter((of) => service === undefined || of.service === service)
        .flatMap((of) => views.breakers(of))
        .filter(
          ({ status }) =>
            (named === undefined || status.state === named) &&
            (wanted === undefined || status.basis === wanted),
        )
        .sort((a, b) => (a.status.key < b.status.key ? -1 : 1));
      const { items, nextCursor } = pageOf(found, ({ status }) => status.key, page);
      return c.json(
        {
          ...freshnessJson(views),
          breakers: items.map(breakerJson),
          next_cursor: nextCursor,
        },
        200,
      );
    })
    .openapi(transitions, (c) => {
      const { key } = c.req.valid('param');
      const { since, ...page } = c.req.valid('query');
      const from = since === undefined ? -Infinity : Date.parse(since);
      const kept = views.transitions(key);
      if (kept.length === 0 && !isKnown(options, key)) {
        const message = `no breaker has the key ${JSON.stringify(key.slice(0, 253))}; /api/v1/breakers lists them`;
        throw new ApiError(404, 'breaker_not_found', message);
      }
      const found = kept.filter(({ at }) => at >= from);
      const { items, nextCursor } = pageOf(found, ({ sequence }) => sortable(sequence), page);
      return c.json(
        {
          ...freshnessJson(views),
          key,
          transitions: items.map(transitionJson),
          next_cursor: nextCursor,
        },
        200,
      );
    });
}

function isKnown({ views }: QueryOptions, key: string): boolean {
  return views
    .services()
    .some((state) => views.breakers(state).some(({ status }) => status.key === key));
}

/** A sequence as text of the same order. Offsets are below 2^53: sixteen digits. */
function sortable([offset, index]: readonly [number, number]): string {
  return `${String(offset).padStart(16, '0')}-${String(index).padStart(16, '0')}`;
}
