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

export function notFound(c: Context<ApiEnv>): Response {
  const message = `nothing is at ${c.req.method} ${c.req.path.slice(0, 200)}; /docs lists what there is`;
  return answer(c, new ApiError(404, 'not_found', message));
}

/** Names the first thing that is wrong with the parameters, and what was found. */
export function onInvalid(result: Checked, c: Context): void {
  if (result.success) return;
  const [issue] = result.error.issues;
  const where = issue?.path.map(String).join('.') ?? '';
  const what = issue?.message ?? 'invalid';
  // Without a name `queries` would give all of them.
  const found = where === '' ? undefined : c.req.queries(where)?.join(', ');
  const value = found === undefined ? '' : `, found ${JSON.stringify(found.slice(0, 100))}`;
  const message = `${where === '' ? 'parameters' : `parameter ${where}`}: ${what}${value}`;
  throw new ApiError(400, 'invalid_request', message);
}

type Checked = { success: true } | { success: false; error: { issues: readonly Issue[] } };

interface Issue {
  path: readonly PropertyKey[];
  message: string;
}

function answer(c: Context<ApiEnv>, error: ApiError): Response {
  const body: z.infer<typeof errorAnswer> = {
    error: { code: error.code, message: error.message, request_id: c.get('requestId') ?? '' },
  };
  return c.json(body, error.status, { ...NO_STORE, ...error.headers });
}

export const NO_STORE = { 'cache-control': 'no-store' };
