import { PartitionLost, RecordTooLarge, StreamUnavailable, StreamUnusable } from '../errors.ts';

interface KafkaError {
  name?: string;
  /** Kafka's own name of it, of what a broker has answered. */
  type?: string;
  message?: string;
  /** Of the system, for a connection; Kafka's number of it, of what a broker has answered. */
  code?: string | number;
  /** `host:port` of whom it is about. */
  broker?: string;
  host?: string;
  port?: number;
  partition?: number;
  cause?: unknown;
}

/** Names and codes as in Kafka's protocol guide, https://kafka.apache.org/protocol#protocol_error_codes. */
const TOO_LARGE = ['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE'];
const DENIED = [
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'SASL_AUTHENTICATION_FAILED',
  'UNSUPPORTED_SASL_MECHANISM',
];
const FOR_GOOD = [
  ...DENIED,
  'UNSUPPORTED_VERSION',
  'INVALID_TOPIC_EXCEPTION',
  'INVALID_GROUP_ID',
  'INVALID_SESSION_TIMEOUT',
  'INCONSISTENT_GROUP_PROTOCOL',
  'OFFSET_OUT_OF_RANGE',
  // A compression that kafkajs cannot undo, a request that brokers of this version do not know.
  'KafkaJSNotImplemented',
  'KafkaJSServerDoesNotSupportApiKey',
];
/** The producer is not known, or not in the state that we think it is in: its batch was not written. */
const LOST_PRODUCER = [
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'UNKNOWN_PRODUCER_ID',
  'INVALID_PRODUCER_EPOCH',
  'INVALID_PRODUCER_ID_MAPPING',
];
/**
 * After these, what was to be written is not there. A leader that says that it is none any more may say so of what it has
 * written, and its followers too.
 */
const NOT_WRITTEN = [...LOST_PRODUCER, 'LEADER_NOT_AVAILABLE', 'NOT_ENOUGH_REPLICAS'];
/** Raised before anything was sent. */
const NOT_SENT = [
  'KafkaJSBrokerNotFound',
  'KafkaJSMetadataNotLoaded',
  'KafkaJSTopicMetadataNotLoaded',
  'KafkaJSLockTimeout',
];

/** Of an attempt to connect. Others, such as ECONNRESET, also end a connection that was in use. */
const NOT_CONNECTED = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN'];
/** kafkajs says of whatever happens while a client says who it is that it was refused, and keeps only this of the cause. */
const INTERRUPTED = /closed connection|connection closed|connection error|not connected|timed out/i;

/** The error of kafkajs, without what its retries have put around it. */
export function rootOf(error: unknown): KafkaError {
  const found = error as KafkaError;
  const wrapped = found?.name === 'KafkaJSNumberOfRetriesExceeded';
  const non = found?.name === 'KafkaJSNonRetriableError';
  return (wrapped || non) && found.cause !== undefined ? rootOf(found.cause) : (found ?? {});
}

export function typeOf(error: unknown): string {
  const { type, name } = rootOf(error);
  return type ?? name ?? '';
}

export const isTooLarge = (error: unknown) => TOO_LARGE.includes(typeOf(error));
export const hasLostProducer = (error: unknown) => LOST_PRODUCER.includes(typeOf(error));
export const isOutOfRange = (error: unknown) => typeOf(error) === 'OFFSET_OUT_OF_RANGE';

/** The broker has it already: only its newest numbers it knows the offsets of. */
export const isWritten = (error: unknown) => typeOf(error) === 'DUPLICATE_SEQUENCE_NUMBER';

/** False when the broker may have written what was sent. */
export function isNotWritten(error: unknown): boolean {
  const { name, type, code } = rootOf(error);
  if (type !== undefined) return NOT_WRITTEN.includes(type);
  if (name !== 'KafkaJSConnectionError') return NOT_SENT.includes(name ?? '');
  // Without a code it says that there is no connection.
  return code === undefined || NOT_CONNECTED.includes(String(code));
}

/** Whether trying again can help. */
export function isPassing(error: unknown): boolean {
  if (error instanceof PartitionLost || error instanceof StreamUnusable) return false;
  const { name, message = '' } = rootOf(error);
  if (name === 'KafkaJSSASLAuthenticationError') return INTERRUPTED.test(message);
  if (name === 'TypeError' || name === 'RangeError') return false;
  return !FOR_GOOD.includes(typeOf(error)) && !TOO_LARGE.includes(typeOf(error));
}

/** The brokers answer, and do not have the topic, or not yet. */
export const isUnknownTopic = (error: unknown) => typeOf(error) === 'UNKNOWN_TOPIC_OR_PARTITION';

/** Node's codes for what OpenSSL finds: https://nodejs.org/api/tls.html#x509-certificate-error-codes */
export function isAboutTls(error: unknown): boolean {
  const code = `${rootOf(error).code}`;
  return /^(ERR_SSL|ERR_TLS|CERT_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|HOSTNAME_MISMATCH)/.test(code);
}

/** Of a first connection: what is configured here and there does not go together. Later it may pass, as with a renewed certificate. */
export function isMismatch(error: unknown): boolean {
  return isAboutTls(error) || typeOf(error) === 'ILLEGAL_SASL_STATE';
}

/** As the ports say it. */
export function portError(doing: string, error: unknown, inDoubt = false): Error {
  const { message = String(error) } = rootOf(error);
  const text = `${doing}: Kafka says: ${message}`;
  if (isTooLarge(error)) return new RecordTooLarge(text);
  if (!isPassing(error)) return new StreamUnusable(text, { cause: error });
  return new StreamUnavailable(text, { cause: error, inDoubt });
}
