import { afterEach, expect, test } from 'vitest';
import { PartitionLost } from '../../../src/stream/errors.ts';
import { KafkaSubscription } from '../../../src/stream/kafka/kafka-subscription.ts';
import type { PartitionConsumer } from '../../../src/stream/source.ts';
import { noLog } from '../../../src/telemetry/log.ts';
import { until } from '../until.ts';
import { FakeGroup } from './fake-group.ts';

let subscription: KafkaSubscription;
let appended: string[];
afterEach(() => subscription.stop());

function subscribe(group: FakeGroup, partitions: number, more: Partial<PartitionConsumer>) {
  appended = [];
  subscription = new KafkaSubscription({
    topic: 'requests',
    name: group.name,
    groupId: 'a group',
    partitions,
    cluster: group.cluster,
    offsets: group.offsets,
    sessionTimeoutMs: 40,
    append: async (records) => {
      appended.push(...records.map(({ key }) => key ?? ''));
    },
    released: () => {},
    log: noLog,
    consumer: {
      assigned: async (_, committed) => committed ?? 0,
      records: async () => {},
      revoked: async () => {},
      failed: (error) => {
        throw error;
      },
      ...more,
    },
  });
}

test('a partition that is taken away while it is being assigned misses nothing when it is given again', async () => {
  const group = new FakeGroup(2);
  const held = Promise.withResolvers<void>();
  group.held.set(1, held.promise);
  group.give(0, 1);
  const read: string[] = [];
  let looks = 0;
  subscribe(group, 2, {
    async records(partition, records) {
      if (partition === 0) looks++;
      else read.push(...records.map(({ value }) => Buffer.from(value!).toString()));
    },
  });
  await until('it is assigned', () => group.generations === 1);
  group.give(0);
  await until('one is taken away', () => group.generations === 2);
  held.resolve();
  group.append(1, 'first', 'second');
  // Whatever is read of the other one, this one's turn has come and gone as well.
  for (let before = 0; before < 5; before = looks) {
    group.append(0, 'other');
    await until('the other goes on', () => looks > before);
  }
  group.append(1, 'third');
  group.give(0, 1);
  await until('all is read', () => read.includes('third'));
  expect(read).toEqual(['first', 'second', 'third']);
});

test('a member whose coordinator does not answer says that it is out of touch, until it is answered', async () => {
  const group = new FakeGroup(1);
  const answering = Promise.withResolvers<void>();
  group.answering = answering.promise;
  subscribe(group, 1, {});
  await until('it is out of touch', () => subscription.silence()?.topic === 'requests');
  answering.resolve();
  await until('it is in touch again', () => subscription.silence() === null);
});

test('a commit for a partition that has moved is refused at once, so that the others go on', async () => {
  const group = new FakeGroup(2);
  group.give(0, 1);
  const lost: unknown[] = [];
  const read: number[] = [];
  subscribe(group, 2, {
    async records(partition) {
      read.push(partition);
      if (partition === 0) return;
      group.give(0);
      group.refusal = 'REBALANCE_IN_PROGRESS';
      await subscription.publish(partition, [], 1).catch((error) => lost.push(error));
    },
  });
  await until('it is assigned', () => group.generations === 1);
  group.append(1, 'moved');
  await until('its publisher knows', () => lost.length === 1);
  expect(lost[0]).toBeInstanceOf(PartitionLost);
  expect(group.committed.has(1)).toBe(false);
  group.append(0, 'stays');
  await until('the other is read', () => read.includes(0));
});

test('what it has is in doubt while its coordinator has not answered for a session, and no longer', async () => {
  const group = new FakeGroup(1);
  group.give(0);
  subscribe(group, 1, {});
  await until('it is given', () => subscription.holds(0));
  const silence = Promise.withResolvers<void>();
  group.answering = silence.promise;
  await until('it is in doubt', () => !subscription.holds(0));
  silence.resolve();
  await until('it is certain again', () => subscription.holds(0));
  group.give();
  await until('it is taken away', () => group.generations === 2);
  await until('it knows', () => !subscription.holds(0));
});

test('outputs are published once it is certain whose the partition is, and not when it is another one’s', async () => {
  const group = new FakeGroup(1);
  group.give(0);
  subscribe(group, 1, {});
  group.append(0, 'first', 'second');
  await until('all is read', () => subscription.lag(0) === 0 && subscription.holds(0));
  const publish = (key: string, next: number) =>
    subscription.publish(0, [{ topic: 'state', partition: 0, key, value: null }], next);
  const silence = async () => {
    const answer = Promise.withResolvers<void>();
    group.answering = answer.promise;
    await until('it is in doubt', () => !subscription.holds(0));
    return () => answer.resolve();
  };
  let answer = await silence();
  const kept = publish('kept', 1);
  answer();
  await kept;
  expect(appended).toEqual(['kept']);

  answer = await silence();
  const lost = publish('lost', 2);
  group.give();
  answer();
  await expect(lost).rejects.toThrow(PartitionLost);
  expect(appended).toEqual(['kept']);
  expect(group.committed.get(0)).toBe(1);
});

test('a commit that is held up is not overtaken by a later one', async () => {
  const group = new FakeGroup(1);
  group.give(0);
  subscribe(group, 1, {});
  group.append(0, 'first', 'second');
  await until('all is read', () => subscription.lag(0) === 0 && subscription.holds(0));
  const held = Promise.withResolvers<void>();
  group.committing.push(held.promise);
  const both = [subscription.publish(0, [], 1), subscription.publish(0, [], 2)];
  await new Promise((resolve) => setTimeout(resolve, 20));
  held.resolve();
  await Promise.all(both);
  expect(group.committed.get(0)).toBe(2);
});

test('what was to be committed before a partition was lost is not committed when it is given again', async () => {
  const group = new FakeGroup(1);
  group.give(0);
  subscribe(group, 1, {});
  group.append(0, 'first', 'second', 'third');
  await until('all is read', () => subscription.lag(0) === 0 && subscription.holds(0));
  const held = Promise.withResolvers<void>();
  group.committing.push(held.promise);
  group.refusal = 'COORDINATOR_LOAD_IN_PROGRESS';
  const late = expect(subscription.publish(0, [], 1)).rejects.toThrow(PartitionLost);
  group.give();
  await until('it is taken away', () => group.generations === 2);
  group.committed.set(0, 3);
  group.give(0);
  await until('it is given again', () => subscription.lag(0) === 0 && subscription.holds(0));
  held.resolve();
  await late;
  expect(group.committed.get(0)).toBe(3);
});

test('a member that was not told what it had for a generation gets its partitions anew', async () => {
  const group = new FakeGroup(1);
  group.give(0);
  const calls: string[] = [];
  subscribe(group, 1, {
    async assigned() {
      calls.push('assigned');
      return 0;
    },
    async revoked() {
      calls.push('revoked');
    },
  });
  await until('it is given', () => calls.length === 1);
  group.give(0);
  await until('it is left with it', () => group.generations === 2);
  group.missing = 1;
  group.give(0);
  await until('it is given again', () => calls.length === 3);
  expect(calls).toEqual(['assigned', 'revoked', 'assigned']);
});
