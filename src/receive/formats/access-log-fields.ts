/**
 * The fields of one access-log record, as text, whatever shape they came in: text line, JSON object or OTLP
 * attributes. Null when the record lacks the field; `-` has already become null. Names follow Envoy's
 * command operators.
 */
export interface AccessLogFields {
  /** RFC 3339 with a fraction, or epoch seconds/milliseconds as a number's text. */
  startTime: string | null;
  /**
   * Start by the transport (OTLP `time_unix_nano`), µs since the epoch: used when `startTime` is null or is the same
   * instant cut to the millisecond.
   */
  startUs: number | null;
  method: string | null;
  protocol: string | null;
  responseCode: string | null;
  responseFlags: string | null;
  responseCodeDetails: string | null;
  grpcStatus: string | null;
  /** Whole milliseconds as Envoy's %DURATION% prints them. */
  duration: string | null;
  userAgent: string | null;
  requestId: string | null;
  traceId: string | null;
  authority: string | null;
  upstreamHost: string | null;
  upstreamCluster: string | null;
  requestedServerName: string | null;
  downstreamRemoteAddress: string | null;
  downstreamPeerUriSan: string | null;
}

/** A field that is text in the record. */
export type TextField = Exclude<keyof AccessLogFields, 'startUs'>;

/** What the envelope around the record says of the proxy that wrote it (Kubernetes metadata, OTLP resource). */
export interface Emitter {
  /** Service of the pod the proxy belongs to, `name.namespace`; null when unknown. */
  service: string | null;
  /** Workload version or canonical revision of that pod. */
  version: string | null;
  /** Mesh cluster of that pod. */
  cluster: string | null;
}

/** The emitter of a record without an envelope. */
export const UNKNOWN_EMITTER: Readonly<Emitter> = Object.freeze({
  service: null,
  version: null,
  cluster: null,
});

export function emptyFields(): AccessLogFields {
  return {
    startTime: null,
    startUs: null,
    method: null,
    protocol: null,
    responseCode: null,
    responseFlags: null,
    responseCodeDetails: null,
    grpcStatus: null,
    duration: null,
    userAgent: null,
    requestId: null,
    traceId: null,
    authority: null,
    upstreamHost: null,
    upstreamCluster: null,
    requestedServerName: null,
    downstreamRemoteAddress: null,
    downstreamPeerUriSan: null,
  };
}

/** A field's text; null when it is unset. */
export function fieldText(value: unknown): string | null {
  if (typeof value === 'string') return value === '' || value === '-' ? null : value;
  return typeof value === 'number' ? String(value) : null;
}
