/** Bodies as real senders make them, written for these tests. No Node API: they are made inside workerd too. */

const REVIEWS = 'outbound|9080|v1|reviews.shop.svc.cluster.local';

/** Envoy's default format: 15 fields. */
export function envoyLine(code = 200, flags = '-', id = 'a1'): string {
  return `[2026-11-23T10:00:00.125Z] "GET /reviews/7 HTTP/1.1" ${code} ${flags} 0 295 12 11 "-" "curl/8.5" "${id}" "reviews.shop:9080" "10.0.0.7:9080"`;
}

/** Istio's default format: 24 fields. */
export function istioLine(code = 200, flags = '-', id = 'b1'): string {
  return `[2026-11-23T10:00:00.125Z] "GET /reviews/7 HTTP/1.1" ${code} ${flags} via_upstream - "-" 0 295 12 11 "-" "curl/8.5" "${id}" "reviews:9080" "10.0.0.7:9080" ${REVIEWS} 10.0.0.3:41000 10.1.0.9:9080 10.0.0.3:55000 - default`;
}

/** Istio's default JSON. */
export function istioJson(code = 200, flags = '-', id = 'c1'): Record<string, unknown> {
  return {
    start_time: '2026-11-23T10:00:00.125Z',
    method: 'GET',
    path: '/reviews/7',
    protocol: 'HTTP/1.1',
    response_code: code,
    response_flags: flags,
    response_code_details: 'via_upstream',
    connection_termination_details: null,
    upstream_transport_failure_reason: null,
    bytes_received: 0,
    bytes_sent: 295,
    duration: 12,
    upstream_service_time: '11',
    x_forwarded_for: null,
    user_agent: 'curl/8.5',
    request_id: id,
    authority: 'reviews:9080',
    upstream_host: '10.0.0.7:9080',
    upstream_cluster: REVIEWS,
    upstream_local_address: '10.0.0.3:41000',
    downstream_local_address: '10.1.0.9:9080',
    downstream_remote_address: '10.0.0.3:55000',
    requested_server_name: null,
    route_name: 'default',
  };
}

/** As Fluent Bit sends it with its Kubernetes filter. */
export function shipperRecord(line: string, key: 'log' | 'message' | 'msg' | 'body' = 'log') {
  return {
    date: 1795428000.125,
    stream: 'stdout',
    [key]: line,
    kubernetes: {
      pod_name: 'productpage-v1-6b7f6db4c5-x2x7p',
      namespace_name: 'shop',
      labels: { app: 'productpage', version: 'v1' },
      container_name: 'istio-proxy',
    },
  };
}

/** What OTLP/JSON makes of log records with a text line for a body. */
export function otlpJson(lines: readonly string[]): unknown {
  return {
    resourceLogs: [
      {
        resource: { attributes: [{ key: 'log_name', value: { stringValue: 'mesh' } }] },
        scopeLogs: [
          {
            logRecords: lines.map((line) => ({
              timeUnixNano: '1795428000125000000',
              body: { stringValue: line },
            })),
          },
        ],
      },
    ],
  };
}

/** The same as protobuf: opentelemetry-proto `logs_service.proto`, `logs.proto`, `common.proto`. */
export function otlpProtobuf(lines: readonly string[]): Uint8Array {
  const attribute = join(text(1, 'log_name'), message(2, text(1, 'mesh')));
  const records = lines.map((line) =>
    message(2, join(fixed64(1, 1_795_428_000_125_000_000n), message(5, text(1, line)))),
  );
  const resource = message(1, message(1, attribute));
  return message(1, join(resource, message(2, join(...records))));
}

/** A SERVER span as Envoy's Zipkin tracer with Istio's tags makes it, one CLIENT span and one without a kind. */
export function zipkinSpans(): Record<string, unknown>[] {
  const traceId = '5af7183fb1d4cf5f6b221d5bc9e6496c';
  const base = { traceId, timestamp: 1_795_428_000_125_000, duration: 12_000 };
  return [
    {
      ...base,
      id: '6b221d5bc9e6496c',
      kind: 'SERVER',
      name: 'reviews.shop.svc.cluster.local:9080/*',
      localEndpoint: { serviceName: 'reviews.shop', ipv4: '10.0.0.7', port: 0 },
      tags: { 'http.status_code': '503', response_flags: 'UO', component: 'proxy' },
    },
    {
      ...base,
      id: 'd9e6496c6b221d5b',
      kind: 'CLIENT',
      localEndpoint: { serviceName: 'front.shop' },
    },
    { ...base, id: '1d5bc9e6496c6b22', parentId: '6b221d5bc9e6496c', name: 'inside' },
  ];
}

export const utf8 = new TextEncoder();

export function join(...parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

export function message(field: number, content: Uint8Array): Uint8Array {
  return join(Uint8Array.from([(field << 3) | 2, ...varint(content.length)]), content);
}

export function text(field: number, value: string): Uint8Array {
  return message(field, utf8.encode(value));
}

function fixed64(field: number, value: bigint): Uint8Array {
  const bytes = new Uint8Array(9);
  bytes[0] = (field << 3) | 1;
  new DataView(bytes.buffer).setBigUint64(1, value, true);
  return bytes;
}

export function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)];
}
