import { afterEach, expect, test } from 'vitest';
import { StreamUnavailable } from '../../../src/stream/errors.ts';
import { FetchLoop } from '../../../src/stream/kafka/fetch-loop.ts';
import { noLog } from '../../../src/telemetry/log.ts';
import { until } from '../until.ts';
import { FakeTopic } from './fake-topic.ts';

let loop: FetchLoop;
let running: Promise<void>;
let read: string[];
afterEach(async () => {
  loop.stop();
  await running;
});

function readFrom(topic: FakeTopic, partitions: readonly number[]): void {
  read = [];
  loop = new FetchLoop({
    cluster: topic.cluster,
    topic: 'requests',
    name: topic.name,
    offsets: topic.offsets,
    deliver: async (_, records) => {
      read.push(...records.map(({ value }) => Buffer.from(value!).toString()));
    },
    log: noLog,
  });
  for (const partition of partitions) loop.add(partition, 0, 0);
  running = loop.run();
}

test('a partition that gets a leader of which nothing was read before is read on', async () => {
  const topic = new FakeTopic([1, 1]);
  readFrom(topic, [0, 1]);
  topic.append(0, 'a');
  topic.append(1, 'b');
  await until('both are read', () => read.length === 2);
  topic.lead(1, 2);
  topic.append(1, 'c');
  await until('the moved one is read', () => read.includes('c'));
  topic.append(0, 'd');
  await until('the other one too', () => read.includes('d'));
  expect(read.toSorted()).toEqual(['a', 'b', 'c', 'd']);
});

test('what was fetched before a partition was given anew, from an earlier offset on, is not taken for what is there', async () => {
  const topic = new FakeTopic([1]);
  readFrom(topic, [0]);
  topic.append(0, 'a', 'b');
  await until('both are read', () => read.length === 2);
  const held = Promise.withResolvers<void>();
  const waiting = loop.alone(() => held.promise);
  topic.append(0, 'c');
  await until('it is fetched', () => topic.fetchedUpTo(0) === 3);
  loop.remove(0);
  loop.add(0, 1, 3);
  held.resolve();
  await waiting;
  await until('it is read anew', () => read.at(-1) === 'c');
  expect(read).toEqual(['a', 'b', 'b', 'c']);
});

test('whether the end is empty is asked again when it could not be told', async () => {
  const topic = new FakeTopic([1]);
  topic.append(0, 'a', 'b');
  topic.compactFrom(0, 1);
  topic.failures.push(new StreamUnavailable('brokers are down'));
  readFrom(topic, [0]);
  await until('it is passed', () => loop.position(0) === 2);
  expect(topic.failures).toEqual([]);
  expect(read).toEqual(['a']);
});

test('the end is not before what was read, whatever the leader has said before it read', async () => {
  const topic = new FakeTopic([1]);
  topic.saysUpTo = 1;
  topic.append(0, 'a', 'b');
  readFrom(topic, [0]);
  await until('both are read', () => read.length === 2);
  expect(loop.end(0)).toBe(2);
});

test('the end stays where it was when a new leader knows of less', async () => {
  const topic = new FakeTopic([1]);
  readFrom(topic, [0]);
  topic.append(0, 'a', 'b');
  await until('both are read', () => read.length === 2);
  topic.knownUpTo = 1;
  topic.lead(0, 2);
  const { fetches } = topic;
  await until('the new leader has answered', () => topic.fetches > fetches + 2);
  expect(loop.end(0)).toBe(2);
});
