import * as z from 'zod';
import { kafkaRestSettings } from './kafka-rest-settings.ts';
import { kafkaSettings } from './kafka-settings.ts';
import { readSettings } from './read.ts';

const sinkSettings = z.object({
  MESHPULSE_SINK: z.enum(['kafka', 'kafka-rest']).default('kafka'),
});

/** Which Kafka, and how to speak to it. */
export type KafkaTarget =
  | ({ over: 'sockets' } & ReturnType<typeof readKafka>)
  | ({ over: 'http' } & ReturnType<typeof readKafkaRest>);

/** @throws WrongSettings */
export function kafkaTarget(env: unknown): KafkaTarget {
  const { MESHPULSE_SINK: sink } = readSettings(sinkSettings, env);
  return sink === 'kafka'
    ? { over: 'sockets', ...readKafka(env) }
    : { over: 'http', ...readKafkaRest(env) };
}

const readKafka = (env: unknown) => readSettings(kafkaSettings, env);
const readKafkaRest = (env: unknown) => readSettings(kafkaRestSettings, env);
