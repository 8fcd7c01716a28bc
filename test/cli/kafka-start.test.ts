import { expect, test } from 'vitest';
import { type KafkaStart, startKafka } from '../../src/cli/kafka-start.ts';
import type { KafkaConfig } from '../../src/config/config.ts';
import { StreamUnusable } from '../../src/stream/errors.ts';
import type { KafkaStream } from '../../src/stream/kafka/kafka-stream.ts';
import { noLog } from '../../src/telemetry/log.ts';

const kafka: KafkaConfig = {
  connection: {
    brokers: ['a:9092'],
    clientId: 'meshpulse',
    tls: null,
    sasl: { mechanism: 'plain', username: 'bob', password: 'hush' },
    prefix: 'mesh',
    sessionTimeoutMs: 10_000,
  },
  passwordFrom: 'TEAM_KAFKA',
  topics: { partitions: 8, replication: 3, minInsyncReplicas: 2 },
};
const withPartitions = (count: number) => ({ partitions: () => count }) as unknown as KafkaStream;
const refused = Object.assign(new Error('connect ECONNREFUSED 10.0.0.1:9092'), {
  name: 'KafkaJSConnectionError',
});

function start(open: KafkaStart['open'], silentMs = 60_000) {
  const warned: [string, unknown][] = [];
  const log = { ...noLog, warn: (event: string, facts?: unknown) => warned.push([event, facts]) };
  return { warned, started: startKafka({ kafka, maxWaitingBytes: 1, log, open, silentMs }) };
}

test('topics with another number of partitions are said at the start, and used', async () => {
  const { warned, started } = start(async () => withPartitions(4));
  expect((await started).partitions('requests')).toBe(4);
  expect(warned).toEqual([
    [
      'topics_differ',
      {
        what: 'mesh.requests has 4 partitions, configuration says 8; 4 is used; see meshpulse topics',
      },
    ],
  ]);
});

test('topics as configured need no word', async () => {
  const { warned, started } = start(async () => withPartitions(8));
  await started;
  expect(warned).toEqual([]);
});

test('whoever waits for Kafka says so, with what fails', async () => {
  const there = Promise.withResolvers<KafkaStream>();
  const { warned, started } = start(async ({ failing }) => {
    failing?.(refused);
    return there.promise;
  }, 1);
  await expect.poll(() => warned).toHaveLength(1);
  there.resolve(withPartitions(8));
  await started;
  const why = 'Kafka at a:9092 cannot be reached: connect ECONNREFUSED 10.0.0.1:9092';
  expect(warned).toEqual([['waiting_for_kafka', { brokers: ['a:9092'], why }]]);
});

test('what Kafka refuses is told as meshpulse topics tells it', async () => {
  const { started } = start(async () => {
    const cause = Object.assign(new Error('invalid credentials'), {
      name: 'KafkaJSSASLAuthenticationError',
    });
    throw new StreamUnusable('a:9092 cannot be used: Kafka says: no', { cause });
  });
  await expect(started).rejects.toThrow(
    'Kafka at a:9092 refuses plain of bob with the password of TEAM_KAFKA: invalid credentials',
  );
});

test('what is wrong with the topics is told as it is', async () => {
  const { started } = start(async () => {
    throw new StreamUnusable('Kafka at a:9092 lacks 1 of 9 topics: mesh.state');
  });
  await expect(started).rejects.toThrow('Kafka at a:9092 lacks 1 of 9 topics: mesh.state');
});
