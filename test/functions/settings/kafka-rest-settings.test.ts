import { expect, test } from 'vitest';
import { kafkaRestSettings } from '../../../functions/settings/kafka-rest-settings.ts';
import { readSettings, WrongSettings } from '../../../functions/settings/read.ts';
import { TOPICS } from '../../../src/stream/record.ts';

const URL = 'https://pkc-1.eu.example.cloud:443/kafka';
const least = { MESHPULSE_KAFKA_REST_URL: URL, MESHPULSE_KAFKA_REST_CLUSTER: 'lkc-1' };

test('v3 needs an address and the cluster, and has defaults for the rest', () => {
  const { partitionsOf, ...read } = readSettings(kafkaRestSettings, { ...least, OTHER: 'x' });
  expect(read).toEqual({
    api: { url: URL, version: { name: 'v3', cluster: 'lkc-1' }, auth: null },
    prefix: 'meshpulse',
  });
  const ones = TOPICS.filter((topic) => partitionsOf(topic) === 1);
  expect(ones).toEqual(['dead-letters', 'alerts', 'notifications']);
  expect(partitionsOf('requests')).toBe(16);
});

test('v2 needs no cluster, and everything can be said', () => {
  const { partitionsOf, ...read } = readSettings(kafkaRestSettings, {
    MESHPULSE_KAFKA_REST_URL: 'http://127.0.0.1:8082',
    MESHPULSE_KAFKA_REST_API: 'v2',
    MESHPULSE_KAFKA_REST_USERNAME: 'key',
    MESHPULSE_KAFKA_REST_PASSWORD: 'secret',
    MESHPULSE_KAFKA_PREFIX: 'mesh',
    MESHPULSE_KAFKA_PARTITIONS: '3',
  });
  expect(read).toEqual({
    api: {
      url: 'http://127.0.0.1:8082',
      version: { name: 'v2' },
      auth: { username: 'key', password: 'secret' },
    },
    prefix: 'mesh',
  });
  expect(partitionsOf('state')).toBe(3);
});

test.each([
  ['no address', { MESHPULSE_KAFKA_REST_CLUSTER: 'a' }, 'MESHPULSE_KAFKA_REST_URL'],
  ['another protocol', { ...least, MESHPULSE_KAFKA_REST_URL: 'kafka://a:9092' }, 'http or https'],
  ['no URL', { ...least, MESHPULSE_KAFKA_REST_URL: 'broker:9092' }, 'http or https'],
  ['a password in it', { ...least, MESHPULSE_KAFKA_REST_URL: 'https://a:hidden@b' }, 'no name'],
  ['a query', { ...least, MESHPULSE_KAFKA_REST_URL: 'https://b?key=hidden' }, 'no name'],
  ['v3 without a cluster', { MESHPULSE_KAFKA_REST_URL: URL }, 'is needed with v3'],
  ['no version', { ...least, MESHPULSE_KAFKA_REST_API: 'v4' }, 'MESHPULSE_KAFKA_REST_API'],
  ['half a login', { ...least, MESHPULSE_KAFKA_REST_PASSWORD: 'hidden' }, 'needed with a password'],
  ['the other half', { ...least, MESHPULSE_KAFKA_REST_USERNAME: 'key' }, 'needed with a user name'],
])('%s is refused with what is allowed, and no secret', (_, env, text) => {
  const read = () => readSettings(kafkaRestSettings, env);
  expect(read).toThrow(WrongSettings);
  expect(read).toThrow(text);
  expect(read).not.toThrow('hidden');
});
