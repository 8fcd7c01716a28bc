import type { QueryOptions } from './context.ts';
import { PARTITION_LIST } from './examples.ts';
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
import { partitionList } from './schemas/delay.ts';
import { freshnessJson, partitionJson } from './shape/delays.ts';

export function partitionsRoutes(options: QueryOptions) {
  const { views, clock } = options;

  const list = createRoute({
    method: 'get',
    path: '/api/v1/partitions',
    tags: ['Operations'],
    summary: 'How far each partition of the stream is counted, and which are behind',
    ...SECURED,
    middleware: guards(options),
    request: { query: query({}) },
    responses: {
      200: json(
        partitionList,
        'The partitions that have, or had, something to count.',
        PARTITION_LIST,
      ),
      ...errorAnswers(...QUERY_ERRORS),
    },
  });

  return area().openapi(list, (c) => {
    const states = new Map(views.partitions().map((state) => [state.partition, state]));
    const delays = new Map(views.delays().map((delay) => [delay.partition, delay]));
    const numbers = [...new Set([...states.keys(), ...delays.keys()])].sort((a, b) => a - b);
    const nowMs = clock();
    const partitions = numbers.map((number) => ({
      number,
      state: states.get(number) ?? null,
      lag: views.lag(number),
      delay: delays.get(number) ?? null,
    }));
    return c.json(
      {
        ...freshnessJson(views),
        partitions: partitions.map((partition) => partitionJson(partition, nowMs)),
      },
      200,
    );
  });
}
