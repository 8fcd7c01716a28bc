import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import type { ApiEnv, ApiOptions, QueryOptions } from './context.ts';
import { ApiError } from './errors.ts';
import { onInvalid } from './invalid.ts';
import { ERROR_CODES, type ErrorCode, errorAnswer } from './schemas/errors.ts';

export { createRoute };

export function area(): OpenAPIHono<ApiEnv> {
  return new OpenAPIHono<ApiEnv>({ defaultHook: onInvalid });
}

/** Lets a request pass that may use the scope `query`. */
export function requireQuery({ authorize }: ApiOptions): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const answer = authorize(c.req.raw, 'query');
    if (!answer.allowed) {
      const challenge = { 'www-authenticate': answer.challenge };
      throw new ApiError(answer.status, answer.code, answer.message, challenge);
    }
    await next();
  };
}

/** Answers only when the views know all that the stream held when the process began. */
export function requireViews({ views }: QueryOptions): MiddlewareHandler<ApiEnv> {
  return async (_c, next) => {
    if (views.failure() !== null) {
      const message = 'reading the stream has failed for good; the log of this process says why';
      throw new ApiError(503, 'stream_unavailable', message);
    }
    if (!views.ready()) {
      const message = 'still reading what the stream holds';
      throw new ApiError(503, 'catching_up', message, { 'retry-after': '1' });
    }
    await next();
  };
}

/** What every query route does before it answers. */
export function guards(options: QueryOptions): MiddlewareHandler<ApiEnv>[] {
  return [requireQuery(options), requireViews(options)];
}

/** Shown in the document; a request without configured tokens needs none. */
export const SECURED = { security: [{ bearer: [] }, {}] };

export function json<S extends z.ZodType>(schema: S, description: string, example: z.input<S>) {
  return { description, content: { 'application/json': { schema, example } } };
}

const STATUS: Readonly<Record<ErrorCode, number>> = {
  invalid_request: 400,
  invalid_cursor: 400,
  unauthenticated: 401,
  insufficient_scope: 403,
  service_not_found: 404,
  breaker_not_found: 404,
  not_found: 404,
  method_not_allowed: 405,
  catching_up: 503,
  too_many_streams: 503,
  stream_unavailable: 503,
  internal_error: 500,
};

/** Which parameters a route has; any other is refused, so that a misspelt one is not silently ignored. */
export function query<S extends z.core.$ZodLooseShape>(shape: S) {
  const names = Object.keys(shape).join(', ') || 'no parameters';
  return z.strictObject(shape, {
    error: ({ code }) => (code === 'unrecognized_keys' ? names : undefined),
  });
}

/** The error answers of a route, by status, with what each code means. */
export function errorAnswers(...codes: ErrorCode[]): object {
  const byStatus: Record<number, ErrorCode[]> = {};
  for (const code of codes) {
    const status = STATUS[code];
    byStatus[status] = [...(byStatus[status] ?? []), code];
  }
  return Object.fromEntries(
    Object.entries(byStatus).map(([status, group]) => [
      status,
      {
        description: group.map((code) => `\`${code}\`: ${ERROR_CODES[code]}`).join(' '),
        content: {
          'application/json': {
            schema: errorAnswer,
            example: {
              error: {
                code: group[0]!,
                message: ERROR_CODES[group[0]!],
                request_id: '0b7f3c52-6d1e-4f55-8f0a-5f4f8f3f6a10',
              },
            },
          },
        },
      },
    ]),
  );
}

/** What every query route may answer besides its own. */
export const QUERY_ERRORS = [
  'invalid_request',
  'unauthenticated',
  'insufficient_scope',
  'catching_up',
  'stream_unavailable',
] as const satisfies readonly ErrorCode[];
