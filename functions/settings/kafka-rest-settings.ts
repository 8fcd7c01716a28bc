import * as z from 'zod';
import { partitionCount } from '../../src/stream/kafka/topics.ts';
import type { KafkaRestApi } from '../../src/stream/kafka-rest/options.ts';
import type { Topic } from '../../src/stream/record.ts';
import { topicSettings } from './kafka-settings.ts';

const address = z.url({
  protocol: /^https?$/,
  error: 'must be an http or https URL; a name and a password have settings of their own',
  abort: true,
});

const isBare = (text: string) => {
  const { username, password, search, hash } = new URL(text);
  return `${username}${password}${search}${hash}` === '';
};

/** A Kafka to speak to over HTTP; for {@link readSettings}. */
export const kafkaRestSettings = topicSettings
  .extend({
    MESHPULSE_KAFKA_REST_URL: address.refine(isBare, 'must have no name, password, ? and # in it'),
    MESHPULSE_KAFKA_REST_API: z.enum(['v2', 'v3']).default('v3'),
    MESHPULSE_KAFKA_REST_CLUSTER: z.string().default(''),
    MESHPULSE_KAFKA_REST_USERNAME: z.string().default(''),
    MESHPULSE_KAFKA_REST_PASSWORD: z.string().default(''),
  })
  .transform((env, context) => {
    const needed = (name: keyof typeof env, when: string) => {
      if (env[name] !== '') return;
      context.addIssue({ code: 'custom', path: [name], message: `is needed ${when}` });
    };
    const { MESHPULSE_KAFKA_REST_USERNAME: username, MESHPULSE_KAFKA_REST_PASSWORD: password } =
      env;
    if (username !== '') needed('MESHPULSE_KAFKA_REST_PASSWORD', 'with a user name');
    if (password !== '') needed('MESHPULSE_KAFKA_REST_USERNAME', 'with a password');
    const isV3 = env.MESHPULSE_KAFKA_REST_API === 'v3';
    if (isV3) needed('MESHPULSE_KAFKA_REST_CLUSTER', 'with v3: its paths name it');
    const api: KafkaRestApi = {
      url: env.MESHPULSE_KAFKA_REST_URL,
      version: isV3 ? { name: 'v3', cluster: env.MESHPULSE_KAFKA_REST_CLUSTER } : { name: 'v2' },
      auth: username === '' ? null : { username, password },
    };
    const partitions = env.MESHPULSE_KAFKA_PARTITIONS;
    return {
      api,
      prefix: env.MESHPULSE_KAFKA_PREFIX,
      partitionsOf: (topic: Topic) => partitionCount(topic, partitions),
    };
  });
