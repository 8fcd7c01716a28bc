import type { DoorAnswer, DoorRoute, RefusalAnswer, RefusedRequest } from './door.ts';
import { failure, Refusal, refusalHeaders } from './errors.ts';
import { readOtlpLogsJson } from './formats/otlp-logs-json.ts';
import { readOtlpLogsProtobuf } from './formats/otlp-logs-protobuf.ts';
import type { Ingest, Ingested, Reader } from './ingest.ts';
import { encodePartialSuccess, encodeStatus, rpcCode } from './rpc-status.ts';

/**
 * `POST /v1/logs`, OTLP/HTTP. Answers in the request's encoding; 200 exactly, because Envoy counts any other
 * success as dropped (envoy `http_access_log_impl.cc`). Errors are google.rpc.Status (opentelemetry-proto
 * docs/specification.md, "OTLP/HTTP Response").
 */
export function otlpLogsRoute(ingest: Ingest): DoorRoute {
  return {
    method: 'POST',
    path: '/v1/logs',
    input: 'otlp_logs',
    cors: null,
    async door(request) {
      const encoding = encodingOf(request.contentType, request.body);
      if (encoding === null) {
        throw new Refusal(
          'unsupported_media_type',
          `Content-Type is ${request.contentType}, ${PROTOBUF} and ${JSON_TYPE} are read`,
        );
      }
      return success(encoding, await ingest('otlp_logs', READERS[encoding], request));
    },
    refuse,
  };
}

type Encoding = typeof PROTOBUF | typeof JSON_TYPE;
const PROTOBUF = 'application/x-protobuf';
const JSON_TYPE = 'application/json';

const READERS: Readonly<Record<Encoding, Reader>> = {
  [PROTOBUF]: readOtlpLogsProtobuf,
  [JSON_TYPE]: readOtlpLogsJson,
};

/** A request without a type is JSON when it looks like an object: no protobuf request begins with `{`. */
function encodingOf(contentType: string | null, body: Uint8Array | null): Encoding | null {
  if (contentType === PROTOBUF || contentType === JSON_TYPE) return contentType;
  if (contentType !== null) return null;
  if (body === null) return null;
  const first = body.find((byte) => byte !== 0x20 && (byte < 0x09 || byte > 0x0d));
  return first === 0x7b ? JSON_TYPE : PROTOBUF;
}

function success(encoding: Encoding, ingested: Ingested): DoorAnswer {
  const reasons = Object.entries(ingested.deadLetters);
  const rejected = reasons.reduce((sum, [, count]) => sum + count, 0);
  const message = `not readable: ${reasons.map(([why, count]) => `${count} ${why}`).join(', ')}`;
  return {
    status: 200,
    headers: { 'content-type': encoding },
    body: rejected === 0 ? EMPTY[encoding] : PARTIAL[encoding](rejected, message),
    records: ingested.records,
    appended: ingested.appended,
  };
}

const EMPTY: Readonly<Record<Encoding, Uint8Array | string>> = {
  [PROTOBUF]: new Uint8Array(0),
  [JSON_TYPE]: '{}',
};

const PARTIAL: Readonly<
  Record<Encoding, (rejected: number, message: string) => Uint8Array | string>
> = {
  [PROTOBUF]: encodePartialSuccess,
  // int64 is a decimal string in protobuf's JSON mapping.
  [JSON_TYPE]: (rejected, errorMessage) =>
    JSON.stringify({ partialSuccess: { rejectedLogRecords: String(rejected), errorMessage } }),
};

function refuse(refusal: Refusal, { contentType, body }: RefusedRequest): RefusalAnswer {
  const { status } = failure(refusal.code);
  const encoding = encodingOf(contentType, body) ?? JSON_TYPE;
  const message = `${refusal.code}: ${refusal.message}`;
  const code = rpcCode(status);
  return {
    status,
    headers: { ...refusalHeaders(refusal), 'content-type': encoding },
    body: encoding === PROTOBUF ? encodeStatus(code, message) : JSON.stringify({ code, message }),
  };
}
