import { join, message, text } from '../../test/receive/payloads.ts';
import { seeded } from '../measure.ts';
import { MARK, Template } from './template.ts';

/** One way to send: what is posted where, and how many request events are in it. */
export interface Shape {
  name: string;
  path: string;
  type: string;
  events: number;
  template: () => Template;
}

/** 30 services with 3 versions and 40 hosts; 5 % of the calls fail. */
export interface Call {
  source: string;
  destination: string;
  version: string;
  host: string;
  durationMs: number;
  code: number;
  path: string;
}

function calls(count: number): Call[] {
  const random = seeded(count);
  const pick = (below: number) => Math.floor(random() * below);
  return Array.from({ length: count }, () => ({
    source: `service-${pick(30)}`,
    destination: `service-${pick(30)}`,
    version: `v${1 + pick(3)}`,
    host: `10.0.1.${pick(40)}:9080`,
    durationMs: Math.ceil(20 * Math.exp(random() * 2 - 1)),
    code: random() < 0.05 ? 503 : 200,
    path: `/api/items/${pick(100_000)}`,
  }));
}

const AGENT = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36';
const clusterOf = ({ destination, version }: Call) =>
  `outbound|9080|${version}|${destination}.shop.svc.cluster.local`;
const uuid = `5f1b2c3d-7e8f-4a9b-8c0d-${MARK.id(12)}`;

/** A called sidecar's SERVER span with Envoy's and Istio's tags. */
function span(call: Call): string {
  return JSON.stringify({
    traceId: MARK.id(32),
    parentId: MARK.id(16),
    id: MARK.id(16),
    kind: 'SERVER',
    name: `${call.destination}.shop.svc.cluster.local:9080/*`,
    timestamp: 0,
    duration: call.durationMs * 1000,
    localEndpoint: { serviceName: `${call.destination}.shop`, ipv4: '10.0.1.7', port: 9080 },
    remoteEndpoint: { ipv4: '10.0.2.9', port: 41022 },
    tags: {
      component: 'proxy',
      'http.method': 'GET',
      'http.protocol': 'HTTP/1.1',
      'http.status_code': String(call.code),
      'http.url': `http://${call.destination}:9080${call.path}`,
      'istio.canonical_revision': call.version,
      'istio.canonical_service': call.destination,
      'istio.cluster_id': 'Kubernetes',
      'istio.mesh_id': 'cluster.local',
      'istio.namespace': 'shop',
      node_id: `sidecar~10.0.1.7~${call.destination}-${call.version}-7d9c5b8f6d-x2k4p.shop~shop.svc.cluster.local`,
      'peer.address': '10.0.2.9',
      request_size: '0',
      response_flags: '-',
      response_size: '512',
      upstream_cluster: 'inbound|9080||',
      user_agent: AGENT,
      'guid:x-request-id': uuid,
    },
    shared: true,
  }).replace('"timestamp":0', `"timestamp":${MARK.micros}`);
}

/** A calling sidecar's line in Istio's default text format. */
export function istioLine(call: Call): string {
  const { durationMs, code, path, destination, host } = call;
  return (
    `[${MARK.iso}] "GET ${path} HTTP/1.1" ${code} - via_upstream - "-" 0 512 ${durationMs} ` +
    `${durationMs} "-" "${AGENT}" "${uuid}" "${destination}:9080" "${host}" ${clusterOf(call)} ` +
    `10.0.2.9:41022 10.96.0.11:9080 10.0.2.9:51844 - default`
  );
}

export function envoyLine({ durationMs, code, path, destination, host }: Call): string {
  return (
    `[${MARK.iso}] "GET ${path} HTTP/1.1" ${code} - 0 512 ${durationMs} ${durationMs} "-" ` +
    `"${AGENT}" "${uuid}" "${destination}.shop:9080" "${host}"`
  );
}

/** Istio's default JSON. */
export function istioJson(call: Call): string {
  return JSON.stringify({
    start_time: MARK.iso,
    method: 'GET',
    path: call.path,
    protocol: 'HTTP/1.1',
    response_code: call.code,
    response_flags: '-',
    response_code_details: 'via_upstream',
    connection_termination_details: null,
    upstream_transport_failure_reason: null,
    bytes_received: 0,
    bytes_sent: 512,
    duration: call.durationMs,
    upstream_service_time: String(call.durationMs),
    x_forwarded_for: null,
    user_agent: AGENT,
    request_id: uuid,
    authority: `${call.destination}:9080`,
    upstream_host: call.host,
    upstream_cluster: clusterOf(call),
    upstream_local_address: '10.0.2.9:41022',
    downstream_local_address: '10.96.0.11:9080',
    downstream_remote_address: '10.0.2.9:51844',
    requested_server_name: null,
    route_name: 'default',
  });
}

/** The line in Fluent Bit's envelope. */
function shipped(call: Call): string {
  return JSON.stringify({
    date: 1795428000.125,
    time: '2026-11-23T10:00:00.125000000Z',
    stream: 'stdout',
    log: istioLine(call),
    kubernetes: {
      pod_name: `${call.source}-v1-7d9c5b8f6d-x2k4p`,
      namespace_name: 'shop',
      labels: { app: call.source, version: 'v1' },
      container_name: 'istio-proxy',
      host: 'node-7',
    },
  });
}

/** Envoy Gateway's 24 attributes, all strings, and no body. */
function attributes(call: Call): [string, string][] {
  return [
    ['start_time', MARK.iso],
    ['method', 'GET'],
    ['x-envoy-origin-path', call.path],
    ['protocol', 'HTTP/1.1'],
    ['response_code', String(call.code)],
    ['response_flags', '-'],
    ['response_code_details', 'via_upstream'],
    ['connection_termination_details', '-'],
    ['upstream_transport_failure_reason', '-'],
    ['bytes_received', '0'],
    ['bytes_sent', '512'],
    ['duration', String(call.durationMs)],
    ['x-envoy-upstream-service-time', String(call.durationMs)],
    ['x-forwarded-for', '10.0.2.9'],
    ['user-agent', AGENT],
    ['x-request-id', uuid],
    [':authority', `${call.destination}:9080`],
    ['upstream_host', call.host],
    ['upstream_cluster', clusterOf(call)],
    ['upstream_local_address', '10.0.2.9:41022'],
    ['downstream_local_address', '10.96.0.11:9080'],
    ['downstream_remote_address', '10.0.2.9:51844'],
    ['requested_server_name', '-'],
    ['route_name', 'default'],
  ];
}

/** One ResourceLogs of the sidecar of `caller`; several, one after the other, are a body too. */
export function otlp(caller: string, records: readonly Uint8Array[]): Uint8Array {
  const pair = (key: string, value: string) => join(text(1, key), message(2, text(1, value)));
  const resource = [
    message(1, pair('node_name', `sidecar~10.0.2.9~${caller}-v1-7d9c5b8f6d-x2k4p.shop~shop`)),
    message(1, pair('k8s.namespace.name', 'shop')),
    message(1, pair('k8s.deployment.name', caller)),
  ];
  const scope = join(...records.map((record) => message(2, record)));
  return message(1, join(message(1, join(...resource)), message(2, scope)));
}

/** LogRecord: 1 time_unix_nano (fixed64), 5 body, 6 attributes (opentelemetry-proto logs.proto). */
const time = join(Uint8Array.of((1 << 3) | 1), MARK.nanos);
export const otlpAttributes = (call: Call) =>
  join(
    time,
    ...attributes(call).map(([key, value]) =>
      message(6, join(text(1, key), message(2, text(1, value)))),
    ),
  );
const otlpLine = (call: Call) => join(time, message(5, text(1, `${istioLine(call)}\n`)));

const ofText = (body: string) => new Template(Buffer.from(body, 'latin1'));
const LOGS = '/v1/access-logs';
const NDJSON = 'application/x-ndjson';

export const SHAPES = {
  zipkin100: zipkin(100),
  zipkin5: zipkin(5),
  otlpAttributes100: {
    name: 'OTLP protobuf, 24 attributes, 100 a post',
    path: '/v1/logs',
    type: 'application/x-protobuf',
    events: 100,
    template: () => new Template(otlp('front', calls(100).map(otlpAttributes))),
  },
  otlpLine100: {
    name: 'OTLP protobuf, Istio line, 100 a post',
    path: '/v1/logs',
    type: 'application/x-protobuf',
    events: 100,
    template: () => new Template(otlp('front', calls(100).map(otlpLine))),
  },
  istioText100: lines('Istio text, 100 a post', 'text/plain', istioLine),
  envoyText100: lines('Envoy text, 100 a post', 'text/plain', envoyLine),
  istioJson100: lines('Istio JSON, 100 a post', NDJSON, istioJson),
  shipped100: lines('Istio text by Fluent Bit, 100 a post', NDJSON, shipped),
} satisfies Record<string, Shape>;

export type ShapeName = keyof typeof SHAPES;

function zipkin(events: number): Shape {
  return {
    name: `Zipkin JSON, ${events} a post`,
    path: '/api/v2/spans',
    type: 'application/json',
    events,
    template: () => ofText(`[${calls(events).map(span).join(',')}]`),
  };
}

function lines(name: string, type: string, line: (call: Call) => string): Shape {
  const events = 100;
  const template = () => ofText(`${calls(events).map(line).join('\n')}\n`);
  return { name, path: LOGS, type, events, template };
}
