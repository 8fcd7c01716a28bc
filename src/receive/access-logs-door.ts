import type { DoorRoute } from './door.ts';
import { Refusal } from './errors.ts';
import { readAccessLogs } from './formats/access-log-body.ts';
import type { Ingest } from './ingest.ts';
import { jsonRefusal } from './json-error.ts';

/** What would be read as lines of rubbish: the sender should hear of it instead. */
const UNREADABLE = new Set([
  'application/msgpack',
  'application/x-msgpack',
  'application/vnd.msgpack',
  'application/x-protobuf',
  'application/protobuf',
  'application/grpc',
]);

/**
 * `POST /v1/access-logs`: lines, NDJSON, JSON arrays or shipper records, told apart by their bytes, because shippers
 * are seldom right about their Content-Type. Always 200 with counts for a body that was read: Fluent Bit drops the
 * whole chunk on a 4xx, so one bad line must not be one.
 */
export function accessLogsRoute(ingest: Ingest, docs: string): DoorRoute {
  return {
    method: 'POST',
    path: '/v1/access-logs',
    input: 'access_logs',
    cors: null,
    async door(request) {
      if (request.contentType !== null && UNREADABLE.has(request.contentType)) {
        throw new Refusal(
          'unsupported_media_type',
          `Content-Type is ${request.contentType}, text lines and JSON are read (Fluent Bit: format json)`,
        );
      }
      const ingested = await ingest('access_logs', readAccessLogs, request);
      const { records, deadLetters } = ingested;
      const dead = Object.values(deadLetters).reduce((sum, count) => sum + count, 0);
      const body = { records, accepted: records - dead, dead_lettered: deadLetters };
      return {
        status: 200,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
        records,
        appended: ingested.appended,
      };
    },
    refuse: (refusal, { requestId }) => jsonRefusal(refusal, requestId, docs),
  };
}
