import { expect, onTestFinished, test } from 'vitest';
import { startAggregate } from '../../src/aggregate/runner.ts';
import { encodeParts } from '../../src/packed/codec.ts';
import { MemoryStream } from '../../src/stream/memory/memory-stream.ts';
import { parseExposition } from '../api/exposition-parser.ts';
import { manualTimers } from '../api/harness.ts';
import { until } from '../stream/until.ts';
import { part, T0_MS } from './events.ts';
import { optionsOf } from './options.ts';

test('of each partition that is its own an aggregate says what waits, its watermark and their ages', async () => {
  let now = T0_MS;
  const stream = new MemoryStream({ clock: () => now, partitions: 2 });
  onTestFinished(() => stream.close());
  const timers = manualTimers();
  const options = { ...optionsOf(stream, () => now), timers };
  const aggregate = await startAggregate(options);
  const said = (name: string) => {
    const { samples } = parseExposition(options.metrics.exposition().trimStart());
    const found = samples.get(`meshpulse_aggregate_${name}`) ?? [];
    return found.map(({ labels, value }) => [labels.partition, value]);
  };
  const pass = async (ms: number) => {
    now += ms;
    await timers.advance(ms);
  };
  await until('both assigned', () => aggregate.ready());
  const value = encodeParts([part([{ atMs: now }])]);
  await stream.append([{ topic: 'requests', partition: 1, key: null, value }]);
  await until('nothing waits', async () => {
    await pass(250);
    return said('lag_records').every(([, lag]) => lag === 0) && said('lag_records').length === 2;
  });
  // Ticks go on for the one that has a service; the other is as it was.
  await pass(3_000);
  await pass(250);
  const ages = new Map(said('watermark_age_seconds') as [string, number][]);
  expect(ages.get('0')).toBe((now - T0_MS) / 1000 + 2);
  expect(ages.get('1')).toBeLessThan(ages.get('0')!);
  expect(said('watermark_seconds')[0]).toEqual(['0', T0_MS / 1000 - 2]);
  expect(said('record_age_seconds')[0]).toEqual(['0', (now - T0_MS) / 1000]);

  expect([aggregate.standby(), said('lag_records').length]).toEqual([false, 2]);
  await aggregate.stop();
  expect([aggregate.standby(), said('lag_records'), said('record_age_seconds')]).toEqual([
    true,
    [],
    [],
  ]);
});
