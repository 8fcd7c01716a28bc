import type { Policy } from '../model/policy.ts';
import type { KafkaOptions } from '../stream/kafka/options.ts';
import type { TopicSettings } from '../stream/kafka/topics.ts';
import type { Retention, Topic } from '../stream/record.ts';

/** What a start needs to know, parsed and checked once. Times in ms, sizes in bytes, secrets already in place. */
export interface Config {
  listen: ListenConfig;
  /** Base of links in notifications, without a trailing slash; null: the address listened on, as this machine can open it. */
  publicUrl: string | null;
  /** Absolute path of the folder the embedded stream and the views keep their files in. */
  data: string;
  roles: readonly Role[];
  stream: StreamConfig;
  /** Empty: nobody needs a token. */
  tokens: readonly TokenConfig[];
  receive: ReceiveConfig;
  policy: Policy;
  aggregate: AggregateConfig;
  notify: NotifyConfig;
  telemetry: TelemetryConfig;
}

export interface ListenConfig {
  host: string;
  /** 0 takes a free port. */
  port: number;
  /** Listening on an address others can reach without any token was asked for. */
  allowNoTokens: boolean;
}

export const ROLES = ['receive', 'aggregate', 'api', 'notify'] as const;
export type Role = (typeof ROLES)[number];

export const STREAM_KINDS = ['embedded', 'kafka'] as const;

/** `kafka` is there exactly when the kind says so. */
export type StreamConfig = CommonStreamConfig &
  ({ kind: 'embedded'; kafka?: never } | { kind: 'kafka'; kafka: KafkaConfig });

interface CommonStreamConfig {
  /** Bytes that may wait to be written before appends are refused. */
  maxWaitingBytes: number;
  retention: Readonly<Record<Topic, Retention>>;
}

export interface KafkaConfig {
  connection: KafkaOptions;
  /** Name of the environment variable that the password came from. */
  passwordFrom: string;
  topics: TopicSettings;
}

export const SCOPES = ['ingest', 'query', 'admin'] as const;
export type TokenScope = (typeof SCOPES)[number];

/** Of an environment variable that holds a secret. */
export const VARIABLE_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;

/** Of a mesh cluster. */
export const CLUSTER = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,62}$/;
export const CLUSTER_ALLOWED = '1 to 63 of letters, digits, . _ -, the first no . or -';

/** A token is known only by its hash: the secret itself is dropped when the environment is read. */
export interface TokenConfig {
  /** Name that stands for the token in counters and answers. */
  provider: string;
  scopes: readonly TokenScope[];
  /** Mesh cluster that its records are of where they name none; absent when not said. */
  cluster?: string;
  /** SHA-256 of the token's UTF-8 bytes, 64 lower-hex characters. */
  sha256: string;
  /** Where it came from, for `meshpulse check`: an environment variable's name, or `file`. */
  from: string;
}

export interface ReceiveConfig {
  /** Largest compressed body as it travels. */
  maxBodyBytes: number;
  /** Largest body after inflating. */
  maxInflatedBytes: number;
  /** Most records in one request. */
  maxRecords: number;
  /** Bytes of all bodies held at once before requests are answered 429. */
  maxBytesInFlight: number;
  headerTimeoutMs: number;
  /** From the first byte to the last of one request. */
  requestTimeoutMs: number;
}

/** Bounds of the aggregate per partition; what does not fit is counted under `@other`. */
export interface AggregateConfig {
  maxServices: number;
  /** Pairs of caller and callee. */
  maxDependencies: number;
  /** Records and spans remembered for the horizon, to recognise what is sent again. */
  maxRemembered: number;
}

export interface NotifyConfig {
  /** Null: nothing is sent to Slack. */
  slack: SlackConfig | null;
}

export interface SlackConfig {
  /** Secret: never logged, printed masked. */
  webhookUrl: string;
  /** Name of the environment variable it came from. */
  from: string;
}

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface TelemetryConfig {
  /** Base URL of an OTLP/HTTP collector, `/v1/traces` is appended; null exports nothing. */
  otlpEndpoint: string | null;
  /** Headers for the collector. Secret. */
  otlpHeaders: Readonly<Record<string, string>>;
  /** Fraction 0–1 of its own traces that is kept. */
  sampleRatio: number;
  logLevel: LogLevel;
  /** `auto`: human on a terminal, JSON lines elsewhere. */
  logFormat: 'auto' | 'json' | 'human';
}
