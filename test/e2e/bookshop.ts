import type { Random } from '../random.ts';
import { join, message, text } from '../receive/payloads.ts';
import type { Post } from './client.ts';

/** One call between two services, as it was. */
export interface Hop {
  source: string;
  destination: string;
  subset: string | null;
  startMs: number;
  /** Whole, at least 1. */
  durationMs: number;
  code: number;
  id: string;
}

export const SERVICES = ['details', 'frontend', 'ratings', 'reviews'] as const;

/** The tutorial's latencies: nine in ten N(20, 5) ms, one in ten N(500, 100) ms. `errors` of the calls fail. */
export function secondOf(random: Random, secondMs: number, errors: number, count = 1000): Hop[] {
  return Array.from({ length: count }, (_, i) => {
    const [source, destination] = random.pick(CALLS);
    const ms = random.next() > 0.1 ? random.gauss(20, 5) : random.gauss(500, 100);
    const durationMs = Math.max(1, Math.round(ms));
    return {
      source,
      destination,
      subset: destination === 'reviews' ? random.pick(['v1', 'v2']) : null,
      startMs: secondMs + Math.floor((i * 1000) / count) - durationMs,
      durationMs,
      code: random.next() < errors ? 500 : 200,
      id: hex(random, 32),
    };
  });
}

const CALLS = [
  ['gateway', 'frontend'],
  ['frontend', 'details'],
  ['frontend', 'reviews'],
  ['reviews', 'ratings'],
] as const;

export const PROVIDERS = ['shipper', 'envoy', 'tracer'] as const;
export type Provider = (typeof PROVIDERS)[number];

export interface Sent {
  post: Post & { provider: Provider };
  records: number;
}

/**
 * One body of each provider about the same hops, each of which is told of as real meshes do: reviews by the callers'
 * logs and its own, ratings by the callers' logs and every tenth span, details by its own logs, frontend by spans.
 */
export function bodiesOf(hops: readonly Hop[]): Sent[] {
  const to = (...names: string[]) => hops.filter(({ destination }) => names.includes(destination));
  const spans = hops.filter(
    ({ destination }, i) =>
      destination === 'frontend' || (destination === 'ratings' && i % 10 === 0),
  );
  return [
    sent('shipper', '/v1/access-logs', 'application/x-ndjson', to('reviews', 'ratings'), shipped),
    sent('envoy', '/v1/logs', 'application/x-protobuf', to('details', 'reviews'), otlp),
    sent('tracer', '/api/v2/spans', 'application/json', spans, zipkin),
  ];
}

function sent(
  provider: Provider,
  path: string,
  type: string,
  hops: readonly Hop[],
  encode: (hops: readonly Hop[]) => string | Uint8Array,
): Sent {
  return { post: { provider, path, type, body: encode(hops) }, records: hops.length };
}

/** The caller's line in Fluent Bit's envelope; the pod that wrote it names the caller. */
export function shipped(hops: readonly Hop[]): string {
  return hops.map((hop) => JSON.stringify({ log: outboundLine(hop), ...podOf(hop) })).join('\n');
}

function podOf({ source }: Hop) {
  const pod_name = `${source}-6b7f6db4c5-x2x7p`;
  return { kubernetes: { pod_name, namespace_name: 'shop', labels: { app: source } } };
}

export function outboundLine(hop: Hop): string {
  const { destination, subset } = hop;
  const cluster = `outbound|9080|${subset ?? ''}|${destination}.shop.svc.cluster.local`;
  return `${head(hop)} "10.0.0.7:9080" ${cluster} 10.0.0.3:41000 10.1.0.9:9080 10.0.0.3:55000 - default`;
}

function inboundLine(hop: Hop): string {
  const sni = `outbound_.9080_._.${hop.destination}.shop.svc.cluster.local`;
  return `${head(hop)} "127.0.0.1:9080" inbound|9080|| 127.0.0.1:41000 10.0.0.7:9080 10.0.0.3:41000 ${sni} default`;
}

function head({ destination, startMs, durationMs, code, id }: Hop): string {
  const time = new Date(startMs).toISOString();
  return `[${time}] "GET /${destination}/7 HTTP/1.1" ${code} - via_upstream - "-" 0 295 ${durationMs} ${durationMs} "-" "Go-http-client/1.1" "${id}" "${destination}:9080"`;
}

/** What the called service's sidecar exports, with the caller's certificate. */
function otlp(hops: readonly Hop[]): Uint8Array {
  const attribute = (key: string, value: string) => join(text(1, key), message(2, text(1, value)));
  const scopes = SERVICES.map((service) => {
    const records = hops
      .filter(({ destination }) => destination === service)
      .map((hop) => {
        const san = `spiffe://cluster.local/ns/shop/sa/${hop.source}`;
        return message(
          2,
          join(
            message(5, text(1, inboundLine(hop))),
            message(6, attribute('downstream_peer_uri_san', san)),
            ...(hop.subset === null ? [] : [message(6, attribute('version', hop.subset))]),
          ),
        );
      });
    const pod = [
      attribute('k8s.namespace.name', 'shop'),
      attribute('k8s.deployment.name', service),
    ];
    const resource = join(...pod.map((each) => message(1, each)));
    return message(1, join(message(1, resource), message(2, join(...records))));
  });
  return join(...scopes);
}

function zipkin(hops: readonly Hop[]): string {
  return JSON.stringify(
    hops.map(({ source, destination, startMs, durationMs, code, id }) => ({
      traceId: id,
      id: id.slice(16),
      kind: 'SERVER',
      name: `${destination}.shop.svc.cluster.local:9080/*`,
      timestamp: startMs * 1000,
      duration: durationMs * 1000,
      localEndpoint: { serviceName: `${destination}.shop` },
      remoteEndpoint: { serviceName: `${source}.shop` },
      tags: { 'http.status_code': String(code), ...(code >= 500 && { error: 'true' }) },
    })),
  );
}

function hex(random: Random, length: number): string {
  let digits = '';
  while (digits.length < length)
    digits += random
      .integer(2 ** 32)
      .toString(16)
      .padStart(8, '0');
  return digits;
}
