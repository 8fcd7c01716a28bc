import type { DoorRoute, RefusalAnswer } from './door.ts';
import { failure, Refusal, refusalHeaders } from './errors.ts';
import { readZipkinJson } from './formats/zipkin-json.ts';
import type { Ingest } from './ingest.ts';

/**
 * `POST /api/v2/spans`. 202 with an empty body is the only success Zipkin's reporters know (Envoy and py_zipkin
 * accept nothing else), errors are text, and no Content-Type is refused: browsers' `sendBeacon` says text/plain.
 * Source: openzipkin/zipkin `ZipkinHttpCollector.java`, `ZipkinHttpConfiguration.java`.
 */
export function zipkinRoute(ingest: Ingest): DoorRoute {
  return {
    method: 'POST',
    path: '/api/v2/spans',
    input: 'zipkin_spans',
    cors: CORS,
    async door(request) {
      const binary = request.contentType === null ? undefined : BINARY[request.contentType];
      if (binary !== undefined && request.body.length > 0) {
        throw new Refusal(
          'unreadable_body',
          `Expected a JSON_V2 encoded list\nThe Content-Type says ${binary}, which is not read: send application/json`,
        );
      }
      const { records, appended } = await ingest('zipkin_spans', readZipkinJson, request);
      // Said here, because the Node listener would send an answer without a body chunked.
      const headers = { 'content-length': '0' };
      return { status: 202, headers, body: null, records, appended };
    },
    refuse,
  };
}

const BINARY: Readonly<Record<string, string>> = {
  'application/x-protobuf': 'protobuf',
  'application/x-thrift': 'thrift',
  'application/grpc': 'gRPC',
};

/** Tracers in browsers post from pages of any origin; no cookie is ever read. */
const CORS = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'POST',
  'access-control-allow-headers': 'content-type, content-encoding, authorization, b3',
  'access-control-max-age': '86400',
};

function refuse(refusal: Refusal): RefusalAnswer {
  return {
    // zipkin-server knows no 415.
    status: refusal.code === 'unsupported_encoding' ? 400 : failure(refusal.code).status,
    headers: { ...refusalHeaders(refusal), 'content-type': 'text/plain; charset=utf-8' },
    body: refusal.code === 'bad_gzip' ? 'Cannot gunzip spans' : refusal.message,
  };
}
