import * as z from 'zod';
import type { KafkaOptions, KafkaSasl } from '../../src/stream/kafka/options.ts';
import { count, flag } from './read.ts';

const brokers = z
  .string()
  .transform((text) => text.split(',').map((broker) => broker.trim()))
  .pipe(z.array(z.string().regex(/^[0-9A-Za-z._-]+:\d{1,5}$/, 'must be host:port')).min(1));

/** How the topics are named, and how many partitions those have that services are spread over. */
export const topicSettings = z.object({
  MESHPULSE_KAFKA_PREFIX: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,200}$/, 'must be letters, digits, . _ -')
    .default('meshpulse'),
  MESHPULSE_KAFKA_PARTITIONS: count.default(16),
});

/** A Kafka to speak to over sockets; for {@link readSettings}. */
export const kafkaSettings = topicSettings
  .extend({
    MESHPULSE_KAFKA_BROKERS: brokers,
    MESHPULSE_KAFKA_TLS: flag,
    MESHPULSE_KAFKA_SASL: z.enum(['off', 'plain', 'scram-sha-256', 'scram-sha-512']).default('off'),
    MESHPULSE_KAFKA_USERNAME: z.string().default(''),
    MESHPULSE_KAFKA_PASSWORD: z.string().default(''),
  })
  .transform((env, context) => {
    const mechanism = env.MESHPULSE_KAFKA_SASL;
    const { MESHPULSE_KAFKA_USERNAME: username, MESHPULSE_KAFKA_PASSWORD: password } = env;
    for (const name of ['MESHPULSE_KAFKA_USERNAME', 'MESHPULSE_KAFKA_PASSWORD'] as const) {
      if (mechanism !== 'off' && env[name] === '') {
        context.addIssue({ code: 'custom', path: [name], message: 'is needed with SASL' });
      }
    }
    const sasl: KafkaSasl | null = mechanism === 'off' ? null : { mechanism, username, password };
    const kafka: KafkaOptions = {
      brokers: env.MESHPULSE_KAFKA_BROKERS,
      clientId: 'meshpulse',
      tls: env.MESHPULSE_KAFKA_TLS ? { ca: null, certificate: null } : null,
      sasl,
      prefix: env.MESHPULSE_KAFKA_PREFIX,
      sessionTimeoutMs: 10_000,
    };
    return { kafka, partitions: env.MESHPULSE_KAFKA_PARTITIONS };
  });
