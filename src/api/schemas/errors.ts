import { z } from '@hono/zod-openapi';

/** Every code an answer of this API can carry, and what it says. */
export const ERROR_CODES = {
  invalid_request: 'A parameter is unknown, repeated or out of its bounds; the message names it.',
  invalid_cursor: 'The cursor is none that a page of this route gave out.',
  unauthenticated: 'No token, or one that is not known here.',
  insufficient_scope: 'The token lacks the scope `query`.',
  service_not_found: 'No such service, or it has been quiet for over an hour.',
  breaker_not_found: 'No breaker with this key, and no transition of one is kept.',
  not_found: 'No such route.',
  method_not_allowed:
    'The path is right, the method is not; the header `Allow` names those that are.',
  catching_up: 'The process is still reading what the stream holds; try again in a second.',
  too_many_streams: 'This process serves as many event streams as it may.',
  stream_unavailable: 'The stream cannot be read now.',
  internal_error: 'A fault of this program; the log has the request id.',
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

export const errorAnswer = z
  .object({
    error: z.object({
      code: z.enum(Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]]),
      message: z.string(),
      request_id: z.string().openapi({ description: 'Also in the header `X-Request-Id`.' }),
    }),
  })
  .openapi('Error');
