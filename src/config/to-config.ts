import { resolve } from 'node:path';
import { DEFAULT_RETENTION, type Retention, TOPICS, type Topic } from '../stream/record.ts';
import type { Config, StreamConfig } from './config.ts';
import type { KafkaCredentials } from './kafka-credentials.ts';
import type { FileConfig } from './schema.ts';
import type { Secrets } from './secrets.ts';

/** From the file's words to the program's. */
export function toConfig(
  file: FileConfig,
  secrets: Secrets,
  kafka: KafkaCredentials,
  cwd: string,
): Config {
  const { breaker, observed } = file.policy;
  return {
    listen: {
      host: file.listen.host,
      port: file.listen.port,
      allowNoTokens: file.listen.allow_no_tokens,
    },
    publicUrl: base(file.public_url),
    data: resolve(cwd, file.data),
    roles: file.roles,
    stream: stream(file, kafka),
    tokens: secrets.tokens,
    receive: {
      maxBodyBytes: file.receive.max_body_bytes,
      maxInflatedBytes: file.receive.max_inflated_bytes,
      maxRecords: file.receive.max_records,
      maxBytesInFlight: file.receive.max_bytes_in_flight,
      headerTimeoutMs: file.receive.header_timeout,
      requestTimeoutMs: file.receive.request_timeout,
    },
    policy: {
      breaker: {
        slidingWindowSeconds: breaker.sliding_window / 1000,
        minimumNumberOfCalls: breaker.minimum_number_of_calls,
        failureRateThreshold: breaker.failure_rate_threshold,
        slowCallDurationMs: breaker.slow_call_duration,
        slowCallRateThreshold: breaker.slow_call_rate_threshold,
        waitSeconds: breaker.wait / 1000,
        maxWaitSeconds: breaker.max_wait / 1000,
        permittedCallsInHalfOpen: breaker.permitted_calls_in_half_open,
      },
      observed: {
        refusals: observed.refusals,
        windowSeconds: observed.window / 1000,
        holdSeconds: observed.hold / 1000,
      },
    },
    aggregate: {
      maxServices: file.aggregate.max_services,
      maxDependencies: file.aggregate.max_dependencies,
      maxRemembered: file.aggregate.max_remembered,
    },
    notify: { slack: secrets.slack },
    telemetry: {
      otlpEndpoint: base(file.telemetry.otlp_endpoint),
      otlpHeaders: secrets.otlpHeaders,
      sampleRatio: file.telemetry.sample_ratio,
      logLevel: file.telemetry.log_level,
      logFormat: file.telemetry.log_format,
    },
  };
}

function stream(file: FileConfig, { tls, sasl }: KafkaCredentials): StreamConfig {
  const { kind, max_waiting_bytes, kafka } = file.stream;
  const common = { maxWaitingBytes: max_waiting_bytes, retention: retention(file) };
  if (kind === 'embedded') return { kind, ...common };
  const { brokers, prefix } = kafka;
  return {
    kind,
    ...common,
    kafka: {
      connection: {
        brokers,
        clientId: 'meshpulse',
        tls,
        sasl,
        prefix,
        sessionTimeoutMs: kafka.session_timeout,
      },
      passwordFrom: kafka.sasl.password_env,
      topics: {
        partitions: kafka.partitions,
        replication: kafka.replication,
        minInsyncReplicas: kafka.min_insync_replicas,
      },
    },
  };
}

function retention(file: FileConfig): Record<Topic, Retention> {
  return Object.fromEntries(
    TOPICS.map((topic) => {
      const { max_age, max_bytes } = file.stream.retention[topic];
      const { compacted } = DEFAULT_RETENTION[topic];
      return [topic, { maxAgeMs: max_age, maxBytes: max_bytes, compacted }];
    }),
  ) as Record<Topic, Retention>;
}

/** An address that paths can be appended to. */
function base(url: string): string | null {
  return url === 'off' ? null : url.replace(/\/+$/, '');
}
