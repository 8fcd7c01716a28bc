import type { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Log } from '../telemetry/log.ts';
import type { ApiEnv } from './context.ts';
import type { ErrorCode, errorAnswer } from './schemas/errors.ts';

/** Throw it from anywhere below a route: the answer is made by {@link onError}. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: ContentfulStatusCode;
  readonly code: ErrorCode;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: ContentfulStatusCode,
    code: ErrorCode,
    message: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

export function onError(log: Log) {
  return (error: Error, c: Context<ApiEnv>): Response => {
    if (error instanceof ApiError) return answer(c, error);
    if (error instanceof HTTPException) {
      return answer(c, new ApiError(error.status, 'invalid_request', error.message));
    }
    log.error('api_defect', {
      request_id: c.get('requestId'),
      path: c.req.routePath,
      error: error.stack ?? String(error),
    });
    return answer(c, new ApiError(500, 'internal_error', 'a fault of this program'));
  };
}

/** 404, or 405 where the path is that of a GET route. @param hint says where to look instead */
export function notFound(routes: () => readonly { method: string; path: string }[], hint: string) {
  let known: RegExp[] | null = null;
  return (c: Context<ApiEnv>): Response => {
    const { method, path } = c.req;
    known ??= routes()
      .filter((route) => route.method === 'GET')
      .map((route) => new RegExp(`^${route.path.replace(/:\w+/g, '[^/]+')}$`));
    if (!['GET', 'HEAD'].includes(method) && known.some((pattern) => pattern.test(path))) {
      const message = `${method.slice(0, 20)} is not answered here, allowed: GET, HEAD`;
      return answer(c, new ApiError(405, 'method_not_allowed', message, { allow: 'GET, HEAD' }));
    }
    const message = `nothing is at ${method} ${path.slice(0, 200)}; ${hint}`;
    return answer(c, new ApiError(404, 'not_found', message));
  };
}

function answer(c: Context<ApiEnv>, error: ApiError): Response {
  const body: z.infer<typeof errorAnswer> = {
    error: { code: error.code, message: error.message, request_id: c.get('requestId') ?? '' },
  };
  return c.json(body, error.status, { ...NO_STORE, ...error.headers });
}

export const NO_STORE = { 'cache-control': 'no-store' };
