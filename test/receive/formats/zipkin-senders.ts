/** One span each as common senders write it, to be filled in; made up after their encoders' field order and spelling. */
export interface Sender {
  name: string;
  span: (i: number) => string;
}

const hex = (i: number, digits: number) => (i * 0x9e3779b1 + 1).toString(16).padStart(digits, 'c');
const START = 1_700_000_000_000_000;

/** Envoy with Istio's tags: keys in Envoy's order, `shared` last, CLIENT and SERVER mixed. */
const envoy = (i: number) =>
  JSON.stringify({
    traceId: hex(i, 32),
    ...(i % 2 === 0 ? { parentId: hex(i + 1, 16) } : {}),
    id: hex(i, 16),
    kind: i % 2 === 0 ? 'SERVER' : 'CLIENT',
    name: 'reviews.books.svc.cluster.local:9080/*',
    timestamp: START + i,
    duration: 1000 + i,
    localEndpoint: { serviceName: `reviews-${i % 3}.books`, ipv4: '10.0.0.9', port: 0 },
    tags: {
      component: 'proxy',
      node_id: `sidecar~10.0.0.9~reviews-v${i % 3}-6f89b6c557-sg2bc.books~books.svc.cluster.local`,
      'http.url': `http://reviews${i % 5 === 0 ? '-shadow' : ''}:9080/reviews/${i}`,
      'http.method': 'GET',
      'http.status_code': i % 7 === 0 ? '503' : '200',
      response_flags: i % 7 === 0 ? 'UF,URX' : '-',
      upstream_cluster: i % 2 === 0 ? 'inbound|9080||' : 'outbound|9080||ratings.books.svc',
      upstream_address: `10.0.1.${i % 200}:9080`,
      user_agent: i % 9 === 0 ? 'kube-probe/1.31' : 'Mozilla/5.0 (X11; Linux x86_64)',
      'guid:x-request-id': `9f1d8e52-0c7a-9e0e-8b1a-${hex(i, 12)}`,
      'istio.canonical_service': `reviews-${i % 3}`,
      'istio.canonical_revision': 'v2',
      'istio.namespace': 'books',
      'istio.mesh_id': 'cluster.local',
    },
    ...(i % 2 === 0 ? { shared: true } : {}),
  });

/** Brave: 64-bit ids, annotations, paths without a URL. */
const brave = (i: number) =>
  JSON.stringify({
    traceId: hex(i, 16),
    parentId: hex(i + 1, 16),
    id: hex(i, 16),
    kind: ['SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'][i % 4],
    name: 'get /items/{id}',
    timestamp: START + i,
    duration: 12 + i,
    localEndpoint: { serviceName: 'Items', ipv4: '192.168.1.7' },
    remoteEndpoint: { ipv6: '::1', port: 54_321 },
    annotations: [
      { timestamp: START + i + 1, value: 'ws' },
      { timestamp: START + i + 2, value: 'größer' },
    ],
    tags: {
      'http.method': 'GET',
      'http.path': `/items/${i}`,
      ...(i % 8 === 0 && { error: '500' }),
    },
    shared: i % 4 === 0,
  });

/** OpenTelemetry's JavaScript exporter: name before id, status in `otel.*`, undefined members left out. */
const otel = (i: number) =>
  JSON.stringify({
    traceId: hex(i, 32),
    parentId: hex(i + 3, 16),
    name: 'GET /cart',
    id: hex(i, 16),
    kind: i % 3 === 0 ? 'CLIENT' : 'SERVER',
    timestamp: START + i,
    duration: i,
    localEndpoint: { serviceName: 'cart' },
    tags: {
      'http.url': `https://shop.example/cart/${i}?x="1"`,
      'http.response.status_code': '200',
      'rpc.grpc.status_code': i % 2 === 0 ? '0' : '14',
      'otel.status_code': 'ERROR',
      error: 'it said:\n\t"no"',
      'service.name': 'cart',
      'telemetry.sdk.language': 'nodejs',
    },
    annotations: [{ timestamp: START, value: 'exception' }],
  });

/** zipkin-js: `debug` and `shared` always, empty collections, tags before annotations. */
const zipkinJs = (i: number) =>
  JSON.stringify({
    traceId: hex(i, 16),
    parentId: hex(i + 1, 16),
    id: hex(i, 16),
    name: 'get',
    kind: 'SERVER',
    timestamp: START + i,
    duration: 5 + i,
    localEndpoint: { serviceName: 'frontend', ipv4: '127.0.0.1', port: 8081 },
    remoteEndpoint: {},
    annotations: [],
    tags: { 'http.path': '/', 'http.status_code': '200' },
    debug: false,
    shared: false,
  });

/** py_zipkin: Python's separators, null where there is nothing. */
const pyZipkin = (i: number) =>
  `{"traceId": "${hex(i, 16)}", "name": "root", "parentId": null, "id": "${hex(i, 16)}", ` +
  `"kind": "SERVER", "timestamp": ${START + i}, "duration": ${i + 9}, "debug": null, ` +
  `"localEndpoint": {"ipv4": "10.0.0.1", "port": 80, "serviceName": "py\\u00e9"}, ` +
  `"remoteEndpoint": null, "annotations": [], "tags": {"error": "false", "x": "\\u2028"}}`;

export const SENDERS: readonly Sender[] = [
  { name: 'Envoy', span: envoy },
  { name: 'Brave', span: brave },
  { name: "OpenTelemetry's exporter", span: otel },
  { name: 'zipkin-js', span: zipkinJs },
  { name: 'py_zipkin', span: pyZipkin },
];

/** A body of `count` spans, the first with number `from`. */
export function bodyOf({ span }: Sender, count: number, from = 1): string {
  return `[${Array.from({ length: count }, (_, i) => span(from + i)).join(',')}]`;
}
