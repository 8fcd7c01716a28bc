import type { KafkaConfig } from '../config/config.ts';
import { isAboutTls, rootOf, typeOf } from '../stream/kafka/kafka-errors.ts';

/**
 * Why Kafka could not be asked, for the one who configured it: what is wrong, and which key to look at.
 *
 * @param needed what a user must be allowed on the topics
 */
export function kafkaTrouble(
  error: unknown,
  { connection, passwordFrom }: KafkaConfig,
  needed: string,
): string {
  const root = rootOf(error) as { name?: string; code?: unknown; message?: string };
  const said = `${root.message ?? error}`.replace(/^Connection error: /, '').replace(/\s+/g, ' ');
  const { tls, sasl } = connection;
  const brokers = connection.brokers.join(', ');
  const type = typeOf(error);
  if (type === 'UNSUPPORTED_SASL_MECHANISM' || /mechanism is not supported/.test(said)) {
    return `Kafka at ${brokers} does not offer ${sasl?.mechanism} on this port; set stream.kafka.sasl.mechanism to another one that it has`;
  }
  if (root.name === 'KafkaJSSASLAuthenticationError') {
    return `Kafka at ${brokers} refuses ${sasl?.mechanism} of ${sasl?.username} with the password of ${passwordFrom}: ${said}`;
  }
  if (type === 'ILLEGAL_SASL_STATE') {
    return `Kafka at ${brokers} does not ask who this is: set stream.kafka.sasl.mechanism to off, or take another port`;
  }
  if (type.endsWith('_AUTHORIZATION_FAILED')) {
    const who =
      sasl?.username ?? (tls?.certificate ? 'the owner of this certificate' : 'anonymous');
    return `Kafka at ${brokers} does not allow this to ${who}: ${said} (${type}); needed: ${needed} on the topics ${connection.prefix}.*`;
  }
  if (isAboutTls(error)) {
    return `no TLS with Kafka at ${brokers}: ${said}; look at stream.kafka.tls`;
  }
  if (type === 'KafkaJSConnectionClosedError' || root.code === 'ECONNRESET') {
    return `Kafka at ${brokers} hung up: ${said}; does it speak TLS on this port (here: ${tls ? 'yes' : 'no'}) and ask who this is (here: ${sasl ? 'yes' : 'no'})?`;
  }
  if (type === 'KafkaJSConnectionError') return `Kafka at ${brokers} cannot be reached: ${said}`;
  return `Kafka at ${brokers} says: ${said}`;
}
