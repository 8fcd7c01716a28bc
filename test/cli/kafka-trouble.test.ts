import { expect, test } from 'vitest';
import { kafkaTrouble } from '../../src/cli/kafka-trouble.ts';
import type { KafkaConfig } from '../../src/config/config.ts';

const sasl = { mechanism: 'scram-sha-256', username: 'bob', password: 'hush-hush' } as const;
const kafka = (changes: Partial<KafkaConfig['connection']> = {}): KafkaConfig => ({
  connection: {
    brokers: ['a:9092', 'b:9092'],
    clientId: 'meshpulse',
    tls: null,
    sasl,
    prefix: 'mesh',
    sessionTimeoutMs: 10_000,
    ...changes,
  },
  passwordFrom: 'TEAM_KAFKA',
  topics: { partitions: 1, replication: 1, minInsyncReplicas: 1 },
});

function error(name: string, message: string, more: object = {}): Error {
  return Object.assign(new Error(message), { name, ...more });
}

/** As kafkajs gives up. */
const retried = (cause: Error) => error('KafkaJSNumberOfRetriesExceeded', cause.message, { cause });

test.each([
  [
    'nobody listens',
    retried(
      error('KafkaJSConnectionError', 'Connection error: connect ECONNREFUSED 10.0.0.1:9092', {
        code: 'ECONNREFUSED',
      }),
    ),
    'Kafka at a:9092, b:9092 cannot be reached: connect ECONNREFUSED 10.0.0.1:9092',
  ],
  [
    'a wrong password',
    error('KafkaJSSASLAuthenticationError', 'Authentication failed'),
    'refuses scram-sha-256 of bob with the password of TEAM_KAFKA: Authentication failed',
  ],
  [
    'a mechanism that kafkajs does not find among the offered',
    error('KafkaJSSASLAuthenticationError', 'SASL X mechanism is not supported by the server'),
    'does not offer scram-sha-256 on this port; set stream.kafka.sasl.mechanism to another one',
  ],
  [
    'a mechanism that the broker refuses',
    error('KafkaJSProtocolError', 'Unsupported', { type: 'UNSUPPORTED_SASL_MECHANISM' }),
    'does not offer scram-sha-256 on this port; set stream.kafka.sasl.mechanism to another one',
  ],
  [
    'a listener without SASL',
    error('KafkaJSProtocolError', 'Request is not valid', { type: 'ILLEGAL_SASL_STATE' }),
    'does not ask who this is: set stream.kafka.sasl.mechanism to off, or take another port',
  ],
  [
    'no permission',
    error('KafkaJSProtocolError', 'Not authorized', { type: 'TOPIC_AUTHORIZATION_FAILED' }),
    'does not allow this to bob: Not authorized (TOPIC_AUTHORIZATION_FAILED); needed: Describe on the topics mesh.*',
  ],
  [
    'a certificate of an unknown authority',
    retried(
      error('KafkaJSConnectionError', 'Connection error: unable to verify the first certificate', {
        code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      }),
    ),
    'no TLS with Kafka at a:9092, b:9092: unable to verify the first certificate; look at stream.kafka.tls',
  ],
  [
    'a listener that speaks something else',
    retried(error('KafkaJSConnectionClosedError', 'Closed connection')),
    'hung up: Closed connection; does it speak TLS on this port (here: no) and ask who this is (here: yes)?',
  ],
  ['anything else', new Error('Boom\n  and more'), 'Kafka at a:9092, b:9092 says: Boom and more'],
])('%s is told in one line with what to look at', (_what, thrown, expected) => {
  const said = kafkaTrouble(thrown, kafka(), 'Describe');
  expect(said).toContain(expected);
  expect(said).not.toContain('\n');
  expect(said).not.toContain('hush');
});

test('who is not allowed is known by certificate where there is no user', () => {
  const denied = error('KafkaJSProtocolError', 'No', { type: 'CLUSTER_AUTHORIZATION_FAILED' });
  expect(kafkaTrouble(denied, kafka({ sasl: null }), '')).toContain('to anonymous');
  const tls = { ca: null, certificate: { cert: '', key: '' } };
  expect(kafkaTrouble(denied, kafka({ sasl: null, tls }), '')).toContain(
    'to the owner of this certificate',
  );
});
