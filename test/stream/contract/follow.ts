import { expect, test } from 'vitest';
import type { StreamRecord } from '../../../src/stream/record.ts';
import { until } from '../until.ts';
import { opened, record, type StreamFactory, text } from './under-test.ts';

export function followContract(factory: StreamFactory): void {
  test('following from the start hands over what is there and what comes, without gap or duplicate', async () => {
    const { sink, source } = await opened(factory);
    const partitions = sink.partitions('state');
    let appended = 0;
    const append = () =>
      sink.append([record(`${appended}`, { topic: 'state', partition: appended++ % partitions })]);
    for (let index = 0; index < 20; index++) await append();

    const seen: StreamRecord[] = [];
    let running = 0;
    let overlap = 0;
    const following = await source.follow('state', 'start', async (records) => {
      overlap = Math.max(overlap, ++running);
      await new Promise((resolve) => setTimeout(resolve, 1));
      seen.push(...records);
      running--;
    });
    expect(seen).toEqual([]);
    const appending = Array.from({ length: 60 }, async (_, index) => {
      for (let wait = 0; wait < index % 5; wait++) {
        await new Promise((resolve) => setTimeout(resolve, 0));
      }
      await append();
    });
    await following.caughtUp();
    expect(seen.length).toBeGreaterThanOrEqual(20);
    await Promise.all(appending);
    await following.caughtUp();
    expect(seen).toHaveLength(80);
    await following.stop();
    expect(overlap).toBe(1);
    expect(new Set(seen.map(text)).size).toBe(80);
    for (let partition = 0; partition < partitions; partition++) {
      const offsets = seen.filter((one) => one.partition === partition).map(({ offset }) => offset);
      expect(offsets).toEqual(offsets.map((_, index) => index));
    }
  });

  test('following from the end hands over only what comes after the call', async () => {
    const { sink, source } = await opened(factory);
    await sink.append([record('before', { topic: 'alerts' })]);
    const seen: StreamRecord[] = [];
    const following = await source.follow('alerts', 'end', (records) => {
      seen.push(...records);
    });
    await following.caughtUp();
    expect(seen).toEqual([]);
    await sink.append([record('after', { topic: 'alerts' })]);
    await following.caughtUp();
    expect(seen.map(text)).toEqual(['after']);
    await following.stop();
    await sink.append([record('stopped', { topic: 'alerts' })]);
    expect(seen.map(text)).toEqual(['after']);
    await following.stop();
  });

  test('an empty topic is caught up at once, and several may follow it', async () => {
    const { sink, source } = await opened(factory);
    const seen: string[] = [];
    const both = await Promise.all(
      ['x', 'y'].map((name) =>
        source.follow('rollups', 'start', (records) => {
          seen.push(...records.map((one) => name + text(one)));
        }),
      ),
    );
    await Promise.all(both.map((following) => following.caughtUp()));
    await sink.append([record('1', { topic: 'rollups' })]);
    await until('both have it', () => seen.length === 2);
    expect(seen.sort()).toEqual(['x1', 'y1']);
    await Promise.all(both.map((following) => following.stop()));
  });

  test('a callback that throws ends the following, and whoever waits is told', async () => {
    const { sink, source } = await opened(factory);
    const trouble = new Error('from the callback');
    const told: unknown[] = [];
    let calls = 0;
    const following = await source.follow(
      'state',
      'start',
      () => {
        calls++;
        throw trouble;
      },
      (error) => told.push(error),
    );
    await sink.append([record('a', { topic: 'state' })]);
    await expect(following.caughtUp()).rejects.toBe(trouble);
    expect(told).toEqual([trouble]);
    await sink.append([record('b', { topic: 'state' })]);
    await expect(following.caughtUp()).rejects.toBe(trouble);
    await following.stop();
    expect(calls).toBe(1);
  });

  test('waiting for a following that is stopped before it has caught up rejects', async () => {
    const { sink, source } = await opened(factory);
    await sink.append([record('a', { topic: 'state' })]);
    const following = await source.follow('state', 'start', () => {});
    const waiting = following.caughtUp();
    const stopping = following.stop();
    await expect(waiting).rejects.toThrow('was stopped');
    await stopping;
  });
}
