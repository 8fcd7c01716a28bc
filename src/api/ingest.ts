import { type RouteConfig, z } from '@hono/zod-openapi';
import { SECURED } from './route.ts';
import { accessLogAnswer, doorError, otlpAnswer, rpcStatus } from './schemas/ingest.ts';

/**
 * The doors of `src/receive`, for the document only: they answer by themselves, before this app is asked. What their
 * refusals mean is docs/failure-modes.md.
 */
export function ingestPaths(): RouteConfig[] {
  return DOORS.flatMap((door) => [atRoot(door), withToken(door)]);
}

interface Door {
  path: string;
  summary: string;
  description: string;
  /** What may be posted, by media type. */
  content: Record<string, { schema: z.ZodType; example?: unknown }>;
  success: RouteConfig['responses'];
  /** Codes of docs/failure-modes.md by status. */
  refusals: Readonly<Record<number, string>>;
  refusal: object;
}

function atRoot({ path, summary, description, content, success, ...door }: Door): RouteConfig {
  return {
    method: 'post',
    path,
    tags: ['Ingest'],
    summary,
    description,
    ...SECURED,
    request: { body: { required: true, content } },
    responses: { ...success, ...refusals(door) },
  };
}

function withToken(door: Door): RouteConfig {
  const { security: _, ...route } = atRoot(door);
  const token = z.string().openapi({
    param: { name: 'token', in: 'path' },
    description: 'A token with the scope `ingest`; it wins over the header.',
    example: 'TOKEN',
  });
  return {
    ...route,
    path: `/t/{token}${door.path}`,
    summary: 'The same, for senders that cannot set a header: the token is in the path',
    description: `Bodies, limits and answers are those of \`${door.path}\`.`,
    request: { ...route.request, params: z.object({ token }) },
  };
}

function refusals({ refusals, refusal }: Pick<Door, 'refusals' | 'refusal'>) {
  return Object.fromEntries(
    Object.entries(refusals).map(([status, codes]) => [
      status,
      { description: `${codes}${MORE[Number(status)] ?? ''}`, ...refusal },
    ]),
  );
}

const MORE: Readonly<Record<number, string>> = {
  401: '; with `WWW-Authenticate`.',
  405: '; with `Allow`.',
  429: '. Send it again after `Retry-After` seconds.',
  503: '. Nothing of it is kept: send it again after `Retry-After` seconds.',
};

const LIMITS =
  'Content-Encoding gzip or none. Limits, by default: 8 MiB compressed (`receive.max_body_bytes`), 32 MiB inflated or plain (`receive.max_inflated_bytes`), 50000 records (`receive.max_records`). A success says that all of it is on the disk.';

const REFUSALS: Readonly<Record<number, string>> = {
  400: '`unreadable_body`, `bad_gzip`, `incomplete_body`',
  401: '`unauthenticated`',
  403: '`insufficient_scope`',
  405: '`method_not_allowed`',
  413: '`body_too_large`, `inflated_too_large`, `too_many_records`, `record_too_large`',
  415: '`unsupported_media_type`, `unsupported_encoding`',
  429: '`stream_full`, `receiver_busy`, `rate_limited`',
  500: '`internal_error`',
  503: '`stream_unavailable`',
};
const { 415: _, ...WITHOUT_415 } = REFUSALS;

const LINE =
  '[2026-01-02T03:04:05.678Z] "GET /ratings/0 HTTP/1.1" 200 - 0 48 7 6 "-" "curl" "-" "ratings.default:9080" "10.0.0.7:9080"';

const DOORS: readonly Door[] = [
  {
    path: '/v1/logs',
    summary: 'Access logs as OTLP/HTTP: Envoy 1.37 or newer, an OpenTelemetry Collector',
    description: `An ExportLogsServiceRequest. Each log record is an access log as text, JSON or attributes. ${LIMITS}`,
    content: {
      'application/x-protobuf': { schema: z.string().openapi({ format: 'binary' }) },
      'application/json': { schema: z.looseObject({ resourceLogs: z.array(z.unknown()) }) },
    },
    success: {
      200: {
        description:
          'Taken, in the encoding of the request. Records that cannot be read are dead letters, counted in `partialSuccess`.',
        content: {
          'application/json': {
            schema: otlpAnswer,
            example: {
              partialSuccess: {
                rejectedLogRecords: '1',
                errorMessage: 'not readable: 1 wrong_field_count',
              },
            },
          },
          'application/x-protobuf': { schema: z.string().openapi({ format: 'binary' }) },
        },
      },
    },
    refusals: REFUSALS,
    refusal: {
      content: {
        'application/json': {
          schema: rpcStatus,
          example: { code: 3, message: 'unreadable_body: …' },
        },
      },
    },
  },
  {
    path: '/v1/access-logs',
    summary: 'Access logs as lines or JSON: Fluent Bit, Vector, curl',
    description: `Lines of Envoy or Istio, JSON objects one per line, in an array or one behind the other, and shippers' records around either. They are told apart by their bytes, not by the Content-Type; protobuf and msgpack are refused. ${LIMITS}`,
    content: {
      'text/plain': { schema: z.string(), example: LINE },
      'application/x-ndjson': { schema: z.string() },
      'application/json': { schema: z.union([z.array(z.unknown()), z.looseObject({})]) },
    },
    success: {
      200: {
        description: 'Read. Lines that cannot be read are dead letters, counted by reason.',
        content: {
          'application/json': {
            schema: accessLogAnswer,
            example: { records: 3, accepted: 2, dead_lettered: { wrong_field_count: 1 } },
          },
        },
      },
    },
    refusals: REFUSALS,
    refusal: { content: { 'application/json': { schema: doorError } } },
  },
  {
    path: '/api/v2/spans',
    summary: 'Spans as Zipkin JSON v2: Envoy, Istio, any Zipkin reporter',
    description: `A JSON array of spans, whatever the Content-Type; protobuf is refused. One bad span fails its batch, as zipkin-server does. ${LIMITS}`,
    content: { 'application/json': { schema: z.array(z.looseObject({ traceId: z.string() })) } },
    success: { 202: { description: 'Taken; no body.' } },
    refusals: { ...WITHOUT_415, 400: `${REFUSALS[400]}, \`unsupported_encoding\`` },
    refusal: { content: { 'text/plain': { schema: z.string() } } },
  },
];
