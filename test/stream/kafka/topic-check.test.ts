import { beforeEach, expect, test } from 'vitest';
import { checkTopics, createMissing } from '../../../src/stream/kafka/topic-check.ts';
import { wantedTopics } from '../../../src/stream/kafka/topics.ts';
import { DEFAULT_RETENTION } from '../../../src/stream/record.ts';
import { FakeAdmin } from './fake-admin.ts';

const wanted = wantedTopics({
  prefix: 'mesh',
  partitions: 4,
  replication: 3,
  minInsyncReplicas: 2,
  retention: DEFAULT_RETENTION,
});
const [requests, ...others] = wanted;
const rest = others.slice(1);

let admin: FakeAdmin;
beforeEach(() => {
  admin = new FakeAdmin();
});

async function differencesOf(topic = requests!) {
  const checked = await checkTopics(admin, wanted);
  return checked.find(({ wanted: { name } }) => name === topic.name)!.differences;
}

test('where nothing is, all are missing', async () => {
  const checked = await checkTopics(admin, wanted);
  expect(checked.map(({ found, differences }) => [found, differences])).toEqual(
    wanted.map(() => [null, []]),
  );
});

test('what is as wanted differs in nothing', async () => {
  for (const topic of wanted) admin.put(topic);
  const checked = await checkTopics(admin, wanted);
  expect(checked.map(({ wanted: { name }, differences }) => [name, differences])).toEqual(
    wanted.map(({ name }) => [name, []]),
  );
  expect(checked[0]!.found).toEqual({ partitions: 4, replication: '3' });
});

test('another number of partitions or replicas is told with both', async () => {
  admin.put(requests!, { replicas: [[1, 2, 3], [2, 3], [3]] });
  expect(await differencesOf()).toEqual([
    { what: 'partitions', found: '3', wanted: '4' },
    { what: 'replication', found: '1 and 2 and 3', wanted: '3' },
  ]);
});

test('a configuration that differs is told with both values, one that is written otherwise is not', async () => {
  const state = wanted.find(({ topic }) => topic === 'state')!;
  const configs = { ...state.configs, 'min.cleanable.dirty.ratio': '0.10' };
  admin.put(state, { configs: { ...configs, 'cleanup.policy': 'compact,delete' } });
  expect(await differencesOf(state)).toEqual([
    { what: 'cleanup.policy', found: 'compact,delete', wanted: 'compact' },
  ]);
});

test('a configuration that the brokers do not know differs', async () => {
  const { 'segment.ms': _, ...configs } = requests!.configs;
  admin.put(requests!, { configs });
  expect(await differencesOf()).toEqual([
    { what: 'segment.ms', found: 'not known to the brokers', wanted: '10800000' },
  ]);
});

test('only what is missing is made, as wanted', async () => {
  admin.put(requests!, { replicas: [[1]] });
  const before = structuredClone(admin.topics.get(requests!.name));
  const { made, refused } = await createMissing(admin, await checkTopics(admin, wanted));
  expect(made).toEqual(others);
  expect(refused.size).toBe(0);
  expect(admin.topics.get(requests!.name)).toEqual(before);
  const again = await checkTopics(admin, wanted);
  expect(again.filter(({ differences }) => differences.length > 0)).toHaveLength(1);
});

test('nothing is asked for where nothing is missing', async () => {
  for (const topic of wanted) admin.put(topic);
  admin.createTopics = () => Promise.reject(new Error('it was asked'));
  const { made } = await createMissing(admin, await checkTopics(admin, wanted));
  expect(made).toEqual([]);
});

test('one that the brokers refuse, or that was made meanwhile, does not keep the others from being made', async () => {
  admin.refuses.set(requests!.name, 'INVALID_REPLICATION_FACTOR');
  const checked = await checkTopics(admin, wanted);
  admin.put(others[0]!);
  const { made, refused } = await createMissing(admin, checked);
  expect(made).toEqual(rest);
  expect([...refused]).toEqual([
    [requests!.name, 'there are fewer brokers than its replication needs'],
    [others[0]!.name, expect.stringContaining('it is there by now')],
  ]);
});

test('a refusal of another kind is told in the words of kafkajs and Kafka', async () => {
  admin.refuses.set(requests!.name, 'TOPIC_AUTHORIZATION_FAILED');
  const { refused } = await createMissing(admin, await checkTopics(admin, wanted));
  expect(refused.get(requests!.name)).toBe('it is invalid (TOPIC_AUTHORIZATION_FAILED)');
});

test('what is no answer of the brokers is thrown', async () => {
  admin.createTopics = () => Promise.reject(new Error('Connection timeout'));
  const checked = await checkTopics(admin, wanted);
  await expect(createMissing(admin, checked)).rejects.toThrow('Connection timeout');
});
