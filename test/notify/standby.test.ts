import { expect, it } from 'vitest';
import { startNotifier } from '../../src/notify/notifier.ts';
import type { PartitionConsumer } from '../../src/stream/source.ts';
import { noLog } from '../../src/telemetry/log.ts';
import { incident } from './alerts.ts';
import { FakeReceiver, World } from './world.ts';

/** A notifier that is one of several, and is given the alerts or not. */
async function member() {
  const world = new World();
  const receiver = new FakeReceiver('slack');
  const doubts = { any: false };
  let group: PartitionConsumer | null = null;
  const source = Object.create(world.stream) as typeof world.stream;
  source.partitions = (topic) => world.stream.partitions(topic);
  source.range = (...of) => world.stream.range(...of);
  source.latest = (topic) => world.stream.latest(topic);
  source.subscribe = async (_topic, _group, consumer) => {
    group = consumer;
    return {
      publish: async () => {},
      holds: () => !doubts.any,
      lag: () => null,
      stop: async () => {},
    };
  };
  const notifier = await startNotifier({
    source,
    sink: world.stream,
    receivers: [receiver],
    clock: world.time.clock,
    timers: world.time,
    random: () => 0.5,
    log: noLog,
    metrics: world.metrics,
    publicUrl: null,
  });
  const metric = () => /^meshpulse_notifier_active (\d)$/m.exec(world.metrics.exposition())?.[1];
  return { world, receiver, doubts, notifier, group: group! as PartitionConsumer, metric };
}

it('stands by while another one has the alerts, and takes over when it is given them', async () => {
  const { notifier, group, metric } = await member();
  const said = () => {
    const { active, standby } = notifier.status();
    return { active, standby, metric: metric() };
  };
  // Before it is heard of nobody knows whether there is another one.
  expect(said()).toEqual({ active: false, standby: false, metric: '0' });
  group.settled?.();
  expect(said()).toEqual({ active: false, standby: true, metric: '0' });
  await group.assigned(0, null);
  group.settled?.();
  expect(said()).toEqual({ active: true, standby: false, metric: '1' });
  await group.revoked(0);
  expect(said()).toEqual({ active: false, standby: true, metric: '0' });
  group.failed(new Error('disk gone'));
  expect(said()).toEqual({ active: false, standby: false, metric: '0' });
});

it('tells nothing while another one may have the alerts, and what it still owes once that is settled', async () => {
  const { world, receiver, doubts, group } = await member();
  const [open, closed] = incident('ratings.default', 1, 40);
  const told = (alert: typeof open, offset: number) => {
    const value = new TextEncoder().encode(JSON.stringify(alert));
    const record = {
      topic: 'alerts',
      partition: 0,
      key: alert.key,
      value,
      offset,
      time: 0,
    } as const;
    return group.records(0, [record], true);
  };
  await group.assigned(0, null);
  doubts.any = true;
  await told(open, 0);
  await world.time.advance(5_000);
  expect(receiver.said).toEqual([]);
  doubts.any = false;
  await world.time.advance(2_000);
  expect(receiver.said).toEqual([['ratings.default firing']]);
  doubts.any = true;
  await told(closed, 1);
  await world.time.advance(5_000);
  const queue = () => /queue_length\{[^}]*\} (\d)$/m.exec(world.metrics.exposition())?.[1];
  expect(queue()).toBe('1');
  await group.revoked(0);
  expect(receiver.said).toHaveLength(1);
  expect(queue()).toBe('0');
});

it('does not send what was marked when it turned out that another one may have the alerts', async () => {
  const { world, receiver, doubts, group } = await member();
  const [open] = incident('ratings.default', 1, 40);
  await group.assigned(0, null);
  const append = world.stream.append.bind(world.stream);
  world.stream.append = async (records) => {
    doubts.any = true;
    return append(records);
  };
  const value = new TextEncoder().encode(JSON.stringify(open));
  const record = {
    topic: 'alerts',
    partition: 0,
    key: open.key,
    value,
    offset: 0,
    time: 0,
  } as const;
  await group.records(0, [record], true);
  await world.time.advance(5_000);
  expect(await world.remembered()).toEqual([`slack/${open.key}#begun`]);
  await group.revoked(0);
  expect(receiver.said).toEqual([]);
});
