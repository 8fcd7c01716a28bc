import { type AccessLogFields, fieldText, type TextField } from './access-log-fields.ts';

/**
 * Names under which a field comes, lower case, `-` written as `_`, without a leading `:`.
 *
 * Istio's default JSON keys (istio pilot/pkg/model/telemetry_logging.go), Envoy Gateway's
 * (gateway internal/xds/translator/accesslog.go) and those of Fluent Bit's parsers `envoy` and
 * `istio-envoy-proxy` (fluent-bit conf/parsers.conf).
 */
const FIELD_OF_KEY: ReadonlyMap<string, TextField> = new Map([
  ['start_time', 'startTime'],
  ['method', 'method'],
  ['protocol', 'protocol'],
  ['response_code', 'responseCode'],
  ['code', 'responseCode'],
  ['response_flags', 'responseFlags'],
  ['response_code_details', 'responseCodeDetails'],
  ['grpc_status', 'grpcStatus'],
  ['grpc_status_number', 'grpcStatus'],
  ['duration', 'duration'],
  ['user_agent', 'userAgent'],
  ['request_id', 'requestId'],
  ['x_request_id', 'requestId'],
  ['trace_id', 'traceId'],
  ['authority', 'authority'],
  ['upstream_host', 'upstreamHost'],
  ['upstream_cluster', 'upstreamCluster'],
  ['upstream_cluster_raw', 'upstreamCluster'],
  ['requested_server_name', 'requestedServerName'],
  ['downstream_remote_address', 'downstreamRemoteAddress'],
  ['downstream_peer_uri_san', 'downstreamPeerUriSan'],
]);

/** Every name of a field, folded. */
export const FIELD_NAMES: readonly string[] = [...FIELD_OF_KEY.keys()];

/** Which field a key of a JSON record or an OTLP attribute names, in any of the known spellings; null for none. */
export function fieldOfKey(key: string): TextField | null {
  // No known key is longer; do not fold a hostile one.
  if (key.length > 32) return null;
  const folded = key.toLowerCase().replaceAll('-', '_');
  return FIELD_OF_KEY.get(folded.startsWith(':') ? folded.slice(1) : folded) ?? null;
}

/**
 * Puts `value` where `key` belongs; text and numbers count, `-`, the empty string and everything else mean unset.
 * The first set spelling of a field wins. Returns the field, null when the key names none.
 */
export function assignField(
  fields: AccessLogFields,
  key: string,
  value: unknown,
): TextField | null {
  const field = fieldOfKey(key);
  if (field !== null && fields[field] === null) fields[field] = fieldText(value);
  return field;
}
