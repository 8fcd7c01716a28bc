import { expect, it } from 'vitest';
import { startNotifier } from '../../src/notify/notifier.ts';
import type { PartitionConsumer } from '../../src/stream/source.ts';
import { noLog } from '../../src/telemetry/log.ts';
import { World } from './world.ts';

/** A notifier that is one of several, and is given the alerts or not. */
async function member() {
  const world = new World();
  let group: PartitionConsumer | null = null;
  const source = Object.create(world.stream) as typeof world.stream;
  source.partitions = (topic) => world.stream.partitions(topic);
  source.range = (...of) => world.stream.range(...of);
  source.latest = (topic) => world.stream.latest(topic);
  source.subscribe = async (_topic, _group, consumer) => {
    group = consumer;
    return { publish: async () => {}, lag: () => null, stop: async () => {} };
  };
  const notifier = await startNotifier({
    source,
    sink: world.stream,
    receivers: [],
    clock: world.time.clock,
    timers: world.time,
    random: () => 0.5,
    log: noLog,
    metrics: world.metrics,
    publicUrl: null,
  });
  const metric = () => /^meshpulse_notifier_active (\d)$/m.exec(world.metrics.exposition())?.[1];
  return { notifier, group: group! as PartitionConsumer, metric };
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
