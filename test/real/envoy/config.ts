/** Istio's name for the cluster that a service's subset is. */
export const cluster = (service: string, subset = '') =>
  `outbound|9080|${subset}|${service}.svc.cluster.local`;

export const CLUSTERS = {
  reviewsV1: cluster('reviews.default', 'v1'),
  reviewsV2: cluster('reviews.default', 'v2'),
  /** Lets one request through at a time. */
  ratings: cluster('ratings.default'),
  /** Has one connection per worker and a queue of one. */
  stock: cluster('stock.default'),
  details: cluster('details.default'),
  /** Has no host. */
  inventory: cluster('inventory.default'),
  payments: cluster('payments.default'),
  /** Has two hosts; one that fails five times in a row is ejected. */
  shipping: cluster('shipping.default'),
} as const;

/** How shipping's hosts are ejected: quicker than Envoy's 10 s and 30 s, or a test would take minutes. */
export const EJECTION = { consecutive5xx: 5, sweepSeconds: 0.5, baseSeconds: 2 } as const;

/** How a listener tells Meshpulse of its requests; each writes them to the file as well. */
export const LISTENERS = {
  /** As Istio has an outbound sidecar do: its line as the body of a log record, no labels, and CLIENT spans. */
  text: { token: 'token-of-the-text-listener', provider: 'text' },
  /** As a gateway does: Istio's JSON keys as attributes, Envoy's own labels, and SERVER spans. */
  attributes: { token: 'token-of-the-attributes-listener', provider: 'attributes' },
  /** SERVER spans only. */
  spans: { token: 'token-of-the-spans-listener', provider: 'spans' },
} as const;

export type Listener = keyof typeof LISTENERS;

export interface Options {
  upstreamPort: number;
  shippingPorts: readonly number[];
  meshpulsePort: number;
  fileLog: string;
  ejectionLog: string;
}

/** A sidecar of productpage that calls the bookshop's services. */
export function envoyConfig(options: Options): object {
  return {
    admin: { address: address(0) },
    node: {
      id: 'sidecar~10.0.0.9~productpage-v1-7f44c4d57c-x2x7k.default~default.svc.cluster.local',
      cluster: 'productpage.default',
    },
    cluster_manager: { outlier_detection: { event_log_path: options.ejectionLog } },
    layered_runtime: {
      layers: [
        { name: 'quick', static_layer: { tracing: { zipkin: { flush_interval_ms: 500 } } } },
        { name: 'admin', admin_layer: {} },
      ],
    },
    static_resources: {
      listeners: (Object.keys(LISTENERS) as Listener[]).map((name) => listener(name, options)),
      clusters: clusters(options),
    },
  };
}

const address = (port: number) => ({
  socket_address: { address: '127.0.0.1', port_value: port },
});

function clusters({ upstreamPort, shippingPorts, meshpulsePort }: Options): object[] {
  const to = (name: string, ports: number | readonly number[], more: object = {}) => ({
    name,
    type: 'STATIC',
    connect_timeout: '1s',
    load_assignment: {
      cluster_name: name,
      endpoints: [ports]
        .flat()
        .map((port) => ({ lb_endpoints: [{ endpoint: { address: address(port) } }] })),
    },
    ...more,
  });
  const breaker = (threshold: object) => ({ circuit_breakers: { thresholds: [threshold] } });
  return [
    to(CLUSTERS.reviewsV1, upstreamPort),
    to(CLUSTERS.reviewsV2, upstreamPort),
    to(CLUSTERS.ratings, upstreamPort, breaker({ max_requests: 1 })),
    to(CLUSTERS.stock, upstreamPort, breaker({ max_connections: 1, max_pending_requests: 1 })),
    to(CLUSTERS.details, upstreamPort),
    to(CLUSTERS.inventory, []),
    to(CLUSTERS.payments, upstreamPort),
    to(CLUSTERS.shipping, shippingPorts, {
      outlier_detection: {
        consecutive_5xx: EJECTION.consecutive5xx,
        interval: `${EJECTION.sweepSeconds}s`,
        base_ejection_time: `${EJECTION.baseSeconds}s`,
        max_ejection_percent: 100,
      },
      common_lb_config: {
        // As in Istio: without a healthy host requests are refused, not sent to ejected ones.
        healthy_panic_threshold: { value: 0 },
        // Else the workers hear of all but the first of several ejections up to a second after the log.
        update_merge_window: '0s',
      },
    }),
    to('meshpulse', meshpulsePort),
  ];
}

function listener(name: Listener, options: Options): object {
  const { token } = LISTENERS[name];
  return {
    name,
    address: address(0),
    // Envoy calls the span of an outbound listener CLIENT, of any other SERVER.
    traffic_direction: name === 'text' ? 'OUTBOUND' : 'UNSPECIFIED',
    filter_chains: [
      {
        filters: [
          extension('envoy.filters.network.http_connection_manager', HCM, {
            stat_prefix: name,
            route_config: { name: 'bookshop', virtual_hosts: VIRTUAL_HOSTS },
            http_filters: [
              extension('envoy.filters.http.fault', FAULT, {
                abort: { header_abort: {}, percentage: { numerator: 100 } },
              }),
              extension('envoy.filters.http.router', ROUTER, {}),
            ],
            access_log: [fileLog(name, options.fileLog), ...otlpLog(name)],
            tracing: {
              random_sampling: { value: 100 },
              provider: extension('envoy.tracers.zipkin', ZIPKIN, {
                collector_cluster: 'meshpulse',
                collector_endpoint: `/t/${token}/api/v2/spans`,
                collector_endpoint_version: 'HTTP_JSON',
              }),
            },
          }),
        ],
      },
    ],
  };
}

const HCM = 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager';
const FAULT = 'envoy.extensions.filters.http.fault.v3.HTTPFault';
const ROUTER = 'envoy.extensions.filters.http.router.v3.Router';
const FILE_LOG = 'envoy.extensions.access_loggers.file.v3.FileAccessLog';
const OTLP_LOG = 'envoy.extensions.access_loggers.open_telemetry.v3.OpenTelemetryAccessLogConfig';
const ZIPKIN = 'envoy.config.trace.v3.ZipkinConfig';

const extension = (name: string, type: string, config: object) => ({
  name,
  typed_config: { '@type': `type.googleapis.com/${type}`, ...config },
});

const route = (prefix: string, name: string, more: object = {}) => ({
  match: { prefix },
  route: { cluster: name, prefix_rewrite: '/', ...more },
});

const VIRTUAL_HOSTS = [
  virtualHost('reviews', [route('/v1/', CLUSTERS.reviewsV1), route('/v2/', CLUSTERS.reviewsV2)]),
  virtualHost('ratings', [
    route('/impatient/', CLUSTERS.ratings, { timeout: '0.1s' }),
    route('/', CLUSTERS.ratings),
  ]),
  virtualHost('details', [
    route('/short/', CLUSTERS.details, {
      max_stream_duration: { max_stream_duration: '0.1s' },
    }),
    route('/', CLUSTERS.details),
  ]),
  virtualHost('stock', [route('/', CLUSTERS.stock)]),
  virtualHost('inventory', [route('/', CLUSTERS.inventory)]),
  virtualHost('payments', [route('/', CLUSTERS.payments)]),
  virtualHost('shipping', [route('/', CLUSTERS.shipping)]),
];

function virtualHost(name: string, routes: object[]): object {
  return { name, domains: [`${name}.default:9080`], routes };
}

/** The ground truth. */
function fileLog(name: Listener, path: string): object {
  return extension('envoy.access_loggers.file', FILE_LOG, {
    path,
    log_format: {
      json_format: {
        listener: name,
        cluster: '%UPSTREAM_CLUSTER_RAW%',
        authority: '%REQ(:AUTHORITY)%',
        code: '%RESPONSE_CODE%',
        flags: '%RESPONSE_FLAGS%',
        details: '%RESPONSE_CODE_DETAILS%',
        start: '%START_TIME(%s%6f)%',
        ms: '%DURATION%',
        agent: '%REQ(USER-AGENT)%',
      },
    },
  });
}

function otlpLog(name: Listener): object[] {
  if (name === 'spans') return [];
  const http_service = {
    http_uri: { uri: 'http://meshpulse/v1/logs', cluster: 'meshpulse', timeout: '5s' },
    request_headers_to_add: [
      { header: { key: 'authorization', value: `Bearer ${LISTENERS[name].token}` } },
    ],
  };
  const content =
    name === 'text'
      ? { body: { string_value: ISTIO_TEXT }, disable_builtin_labels: true }
      : { attributes: { values: ISTIO_KEYS } };
  return [
    extension('envoy.access_loggers.open_telemetry', OTLP_LOG, {
      http_service,
      stat_prefix: name,
      ...content,
    }),
  ];
}

/** Istio's JSON keys and what each stands for, in the order of Istio's text line. */
const FIELDS = [
  ['start_time', '%START_TIME%'],
  ['method', '%REQ(:METHOD)%'],
  ['path', '%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%'],
  ['protocol', '%PROTOCOL%'],
  ['response_code', '%RESPONSE_CODE%'],
  ['response_flags', '%RESPONSE_FLAGS%'],
  ['response_code_details', '%RESPONSE_CODE_DETAILS%'],
  ['connection_termination_details', '%CONNECTION_TERMINATION_DETAILS%'],
  ['upstream_transport_failure_reason', '%UPSTREAM_TRANSPORT_FAILURE_REASON%'],
  ['bytes_received', '%BYTES_RECEIVED%'],
  ['bytes_sent', '%BYTES_SENT%'],
  ['duration', '%DURATION%'],
  ['upstream_service_time', '%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%'],
  ['x_forwarded_for', '%REQ(X-FORWARDED-FOR)%'],
  ['user_agent', '%REQ(USER-AGENT)%'],
  ['request_id', '%REQ(X-REQUEST-ID)%'],
  ['authority', '%REQ(:AUTHORITY)%'],
  ['upstream_host', '%UPSTREAM_HOST%'],
  ['upstream_cluster', '%UPSTREAM_CLUSTER_RAW%'],
  ['upstream_local_address', '%UPSTREAM_LOCAL_ADDRESS%'],
  ['downstream_local_address', '%DOWNSTREAM_LOCAL_ADDRESS%'],
  ['downstream_remote_address', '%DOWNSTREAM_REMOTE_ADDRESS%'],
  ['requested_server_name', '%REQUESTED_SERVER_NAME%'],
  ['route_name', '%ROUTE_NAME%'],
] as const;

const ISTIO_KEYS = FIELDS.map(([key, operator]) => ({
  key,
  value: { string_value: operator },
}));

const QUOTED = new Set([
  'upstream_transport_failure_reason',
  'x_forwarded_for',
  'user_agent',
  'request_id',
  'authority',
  'upstream_host',
]);

/** 24 fields, the first four as `[time] "method path protocol"`. */
const ISTIO_TEXT = FIELDS.map(([key, operator]) => {
  if (key === 'start_time') return `[${operator}]`;
  if (key === 'method') return `"${operator}`;
  if (key === 'protocol') return `${operator}"`;
  return QUOTED.has(key) ? `"${operator}"` : operator;
})
  .join(' ')
  .concat('\n');
