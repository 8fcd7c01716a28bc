import type { Config, Role } from './config.ts';
import type { Problem } from './problems.ts';

/** What no single key shows: values that do not go together. */
export function checkTogether(config: Config): Problem[] {
  return [
    ...rolesOfEmbedded(config),
    ...unguarded(config),
    ...ownSpansToItself(config),
    ...kafkaTopics(config),
    ...atLeast(
      config.receive.maxInflatedBytes >= config.receive.maxBodyBytes,
      ['receive', 'max_inflated_bytes'],
      'is less than receive.max_body_bytes; allowed: at least as much',
    ),
    ...atLeast(
      config.receive.maxBytesInFlight >=
        config.receive.maxInflatedBytes + config.receive.maxBodyBytes,
      ['receive', 'max_bytes_in_flight'],
      'is less than receive.max_inflated_bytes and max_body_bytes together; allowed: at least as much, ' +
        'or no large body ever fits',
    ),
    ...atLeast(
      config.receive.requestTimeoutMs >= config.receive.headerTimeoutMs,
      ['receive', 'request_timeout'],
      'is shorter than receive.header_timeout; allowed: at least as long',
    ),
    ...atLeast(
      config.policy.breaker.maxWaitSeconds >= config.policy.breaker.waitSeconds,
      ['policy', 'breaker', 'max_wait'],
      'is shorter than policy.breaker.wait; allowed: at least as long',
    ),
  ];
}

/** Whatever is missing there no other process can do: records would be acknowledged that nobody counts, or none come. */
function rolesOfEmbedded({ roles, stream }: Config): Problem[] {
  const has = (role: Role) => roles.includes(role);
  const isUseful = has('receive') && has('aggregate') && (has('api') || has('notify'));
  if (stream.kind !== 'embedded' || isUseful) return [];
  const text =
    `found [${roles.join(', ')}]; the embedded stream is for one process, so no other one can do the rest; ` +
    'allowed: receive and aggregate with api, notify or both, or stream.kind kafka (--stream kafka --brokers HOST:PORT)';
  return [{ path: ['roles'], text }];
}

function kafkaTopics({ stream: { kafka } }: Config): Problem[] {
  if (kafka === undefined) return [];
  const { replication, minInsyncReplicas } = kafka.topics;
  return [
    ...atLeast(
      kafka.connection.brokers.length > 0,
      ['stream', 'kafka', 'brokers'],
      'no broker is given; add --brokers HOST:PORT, or this key, such as [kafka.example:9092]',
    ),
    ...atLeast(
      replication >= minInsyncReplicas,
      ['stream', 'kafka', 'min_insync_replicas'],
      'is more than stream.kafka.replication; allowed: at most as many',
    ),
  ];
}

function atLeast(holds: boolean, path: string[], text: string): Problem[] {
  return holds ? [] : [{ path, text }];
}

function unguarded({ listen, tokens }: Config): Problem[] {
  if (tokens.length > 0 || listen.allowNoTokens || isLoopback(listen.host)) return [];
  const text =
    `others can reach ${listen.host} and no token is set; allowed: tokens (MESHPULSE_TOKENS), ` +
    'listening on 127.0.0.1, or listen.allow_no_tokens: true';
  return [{ path: ['listen', 'host'], text }];
}

/** Its own spans would become its own numbers, and more spans. */
function ownSpansToItself({ listen, publicUrl, telemetry }: Config): Problem[] {
  const endpoint = telemetry.otlpEndpoint === null ? null : URL.parse(telemetry.otlpEndpoint);
  if (endpoint === null) return [];
  const host = bareHost(endpoint.hostname);
  const local = isLoopback(host) || isWildcard(host) || host === listen.host.toLowerCase();
  const reached = isLoopback(listen.host) ? isLoopback(host) || isWildcard(host) : local;
  const isListener = portOf(endpoint) === listen.port && reached;
  const page = publicUrl === null ? null : URL.parse(publicUrl);
  if (!isListener && endpoint.host !== page?.host) return [];
  const text = `found ${telemetry.otlpEndpoint}, which is this server itself; allowed: another collector`;
  return [{ path: ['telemetry', 'otlp_endpoint'], text }];
}

export function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|::1|0:0:0:0:0:0:0:1)$/i.test(host);
}

export function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || /^[0:]*::[0:]*$/.test(host);
}

/** Without the brackets of an IPv6 address. */
function bareHost(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '').toLowerCase();
}

function portOf(url: URL): number {
  return url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
}
