/**
 * One request as one proxy saw it: the facts only, no verdict.
 *
 * Decoders fill it, the packed part carries it, the aggregate judges it.
 */
export interface RequestEvent {
  /** End of the request, µs since the epoch: start + duration for access logs and spans. */
  endUs: number;
  /** µs, not negative; null when the record does not say. */
  durationUs: number | null;
  /** HTTP status; 0 when no response was sent, and for connections. */
  code: number;
  /** 0–16 when the record carries `grpc-status`, else null. */
  grpcStatus: number | null;
  /** Bit set over {@link file://./response-flags.ts}. */
  flags: number;
  /** Envoy's RESPONSE_CODE_DETAILS, at most {@link MAX_DETAILS} characters; null when absent. */
  details: string | null;
  reporter: Reporter;
  /** Calling service, `name.namespace` or the bare name; null when unknown. */
  source: string | null;
  /** Called service; null when unknown. */
  destination: string | null;
  /** Mesh cluster (not Envoy cluster) the called service runs in; null when unknown. */
  cluster: string | null;
  /** DestinationRule subset or workload version of the called service; null when unknown. */
  subset: string | null;
  /** Upstream host as `ip:port`; null when none was chosen. */
  host: string | null;
  /** Whether the hop was mutual TLS; null when this reporter cannot know. */
  mtls: boolean | null;
  /** Bit set over {@link TRAIT}. */
  traits: number;
  requestId: string | null;
  /** 16 or 32 lower-hex characters. */
  traceId: string | null;
  /** Identity of the span this event came from; null for log records. */
  span: SpanIdentity | null;
}

/** Whose proxy said it. Istio's `reporter` label; gateways are `source`. */
export type Reporter = 'source' | 'destination' | 'waypoint';

export const REPORTERS: readonly Reporter[] = ['source', 'destination', 'waypoint'];

export interface SpanIdentity {
  /** 16 lower-hex characters. */
  id: string;
  /** Zipkin's `shared`: this SERVER span reuses the id of its CLIENT. */
  shared: boolean;
}

/** What a record is besides a plain request. Values are bits and travel on the stream: never renumber. */
export const TRAIT = {
  /** A TCP connection: no code, never in success rate or latency. */
  connection: 1,
  /** A mirrored copy: authority ends in `-shadow`. */
  mirror: 2,
  /** A prober's request (kube-probe, Envoy's and load balancers' health checkers). */
  healthCheck: 4,
  /** An upgraded stream: its duration is not a latency. */
  upgrade: 8,
} as const;

export const MAX_DETAILS = 128;
/** Longest name of a service, cluster, subset or host that is kept. */
export const MAX_NAME = 253;
