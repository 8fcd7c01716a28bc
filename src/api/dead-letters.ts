import type { QueryOptions } from './context.ts';
import { ApiError } from './errors.ts';
import { DEAD_LETTER_LIST } from './examples.ts';
import { area, createRoute, errorAnswers, json, query, requireQuery, SECURED } from './route.ts';
import { limit } from './schemas/common.ts';
import { deadLetterList } from './schemas/dead-letter.ts';
import { instant } from './shape/basics.ts';

/** At most so many are read from the stream for one answer. */
const MOST = 100;

export function deadLettersRoutes(options: QueryOptions) {
  const { views, log } = options;

  const list = createRoute({
    method: 'get',
    path: '/api/v1/dead-letters',
    tags: ['Dead letters'],
    summary: 'Samples of what could not be read, newest first',
    description:
      'Records that were accepted and could not be read, each with its reason. Samples are rate limited where they are taken; `meshpulse_events_dead_lettered_total` counts all.',
    ...SECURED,
    middleware: [requireQuery(options)],
    request: { query: query({ limit: limit(MOST, MOST) }) },
    responses: {
      200: json(deadLetterList, 'Samples.', DEAD_LETTER_LIST),
      ...errorAnswers(
        'invalid_request',
        'unauthenticated',
        'insufficient_scope',
        'stream_unavailable',
      ),
    },
  });

  return area().openapi(list, async (c) => {
    const samples = await views.deadLetters(c.req.valid('query').limit).catch((error: unknown) => {
      log.warn('dead_letters_not_read', { error: String(error) });
      throw new ApiError(503, 'stream_unavailable', 'the stream cannot be read now', {
        'retry-after': '5',
      });
    });
    return c.json(
      {
        dead_letters: samples.map(({ receivedAt, provider, input, reason, sample }) => ({
          received_at: instant(receivedAt),
          provider,
          input,
          reason,
          sample,
        })),
      },
      200,
    );
  });
}
