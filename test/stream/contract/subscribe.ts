import { expect, test } from 'vitest';
import { RecordTooLarge, StreamUnavailable } from '../../../src/stream/errors.ts';
import type { Subscription } from '../../../src/stream/source.ts';
import { recordingConsumer } from '../recording-consumer.ts';
import { until } from '../until.ts';
import { allTexts, opened, record, type StreamFactory, text } from './under-test.ts';

export function subscribeContract(factory: StreamFactory): void {
  test('a new group is given every partition without an offset and reads from where it says', async () => {
    const { sink, source } = await opened(factory);
    await sink.append(['a', 'b', 'c'].map((name) => record(name)));
    const { consumer, seen } = recordingConsumer({
      start: (partition) => (partition === 0 ? 1 : 0),
    });
    const subscription = await source.subscribe('requests', 'aggregate', consumer);
    expect(seen.calls).toEqual([]);
    await until('two records', () => seen.records.length === 2);
    await subscription.stop();
    expect(seen.records.map(text)).toEqual(['b', 'c']);
    const partitions = Array.from({ length: source.partitions('requests') }, (_, index) => index);
    expect(seen.calls).toEqual([
      ...partitions.map((partition) => `assigned ${partition} null`),
      'records 0',
      ...partitions.map((partition) => `revoked ${partition}`),
    ]);
  });

  test('the lag is what waits, with the call in progress; of what is not read it is not known', async () => {
    const { sink, source } = await opened(factory);
    await sink.append([record('a')]);
    const call = Promise.withResolvers<void>();
    const { consumer, seen } = recordingConsumer({ records: () => call.promise });
    const subscription = await source.subscribe('requests', 'aggregate', consumer);
    await until('the call', () => seen.records.length === 1);
    expect(subscription.lag(0)).toBe(1);
    expect(subscription.lag(sink.partitions('requests'))).toBe(null);
    call.resolve();
    await until('nothing waits', () => subscription.lag(0) === 0);
    await sink.append([record('b'), record('c')]);
    await until('both', () => seen.records.length === 3 && subscription.lag(0) === 0);
    await subscription.stop();
    expect(subscription.lag(0)).toBe(null);
  });

  test('a subscription holds what it was assigned, nothing else, and nothing once it is stopped', async () => {
    const { sink, source } = await opened(factory);
    const { consumer } = recordingConsumer();
    let settled = false;
    const subscription = await source.subscribe('requests', 'aggregate', {
      ...consumer,
      settled: () => {
        settled = true;
      },
    });
    await until('it has them', () => settled);
    const partitions = sink.partitions('requests');
    const held = Array.from({ length: partitions + 1 }, (_, index) => subscription.holds(index));
    expect(held).toEqual([...Array.from({ length: partitions }, () => true), false]);
    await subscription.stop();
    expect(subscription.holds(0)).toBe(false);
  });

  test('records appended later are handed over by themselves, in order, without overlap', async () => {
    const { sink, source } = await opened(factory);
    const { consumer, seen } = recordingConsumer({
      records: () => new Promise((resolve) => setTimeout(resolve, 1)),
    });
    const subscription = await source.subscribe('requests', 'aggregate', consumer);
    const partitions = sink.partitions('requests');
    for (let index = 0; index < 120; index++) {
      const appended = sink.append([record(`${index}`, { partition: index % partitions })]);
      if (index % 7 === 0) await appended;
      if (index % 31 === 0) await until('caught up', () => seen.records.length > index);
    }
    await until('all records', () => seen.records.length === 120);
    await subscription.stop();
    expect(seen.overlap).toBe(1);
    for (let partition = 0; partition < partitions; partition++) {
      const own = seen.records.filter((one) => one.partition === partition);
      expect(own.map(({ offset }) => offset)).toEqual(own.map((_, index) => index));
    }
    expect(new Set(seen.records.map(text)).size).toBe(120);
  });

  test('atEnd is true with the last record there is and false before', async () => {
    const { sink, source } = await opened(factory);
    const mebibyte = new Uint8Array(1024 * 1024);
    await sink.append([record(mebibyte), record(mebibyte), record(mebibyte)]);
    const { consumer, seen } = recordingConsumer();
    const subscription = await source.subscribe('requests', 'aggregate', consumer);
    await until('three records', () => seen.records.length === 3);
    await sink.append([record('more')]);
    await until('four records', () => seen.records.length === 4);
    await subscription.stop();
    expect(seen.ends.length).toBeGreaterThan(2);
    expect(seen.ends.at(-1)).toBe(true);
    expect(seen.ends.at(-2)).toBe(true);
    expect(seen.ends.slice(0, -2)).not.toContain(true);
  });

  test('a group resumes at the offset it committed, other groups at their own', async () => {
    const { sink, source } = await opened(factory);
    await sink.append(['a', 'b', 'c'].map((name) => record(name)));
    const first = recordingConsumer();
    const one = await source.subscribe('requests', 'one', first.consumer);
    await until('three records', () => first.seen.records.length === 3);
    await one.publish(0, [], 2);
    await one.stop();

    const again = recordingConsumer();
    const resumed = await source.subscribe('requests', 'one', again.consumer);
    const other = recordingConsumer();
    const apart = await source.subscribe('requests', 'two', other.consumer);
    await until(
      'both have read',
      () => again.seen.records.length + other.seen.records.length === 4,
    );
    await Promise.all([resumed.stop(), apart.stop()]);
    expect(again.seen.calls[0]).toBe('assigned 0 2');
    expect(again.seen.records.map(text)).toEqual(['c']);
    expect(other.seen.calls[0]).toBe('assigned 0 null');
    expect(other.seen.records.map(text)).toEqual(['a', 'b', 'c']);
  });

  test('a publish writes outputs and offset together', async () => {
    const { sink, source } = await opened(factory);
    await sink.append([record('in')]);
    let subscription: Subscription | null = null;
    const { consumer, seen } = recordingConsumer({
      records: (partition, records) =>
        subscription!.publish(
          partition,
          [
            record('out', { topic: 'transitions', key: 'k' }),
            record('cp', { topic: 'checkpoints', key: '0' }),
          ],
          records.at(-1)!.offset + 1,
        ),
    });
    subscription = await source.subscribe('requests', 'aggregate', consumer);
    await until(
      'the outputs are there',
      async () => (await source.range('transitions', 0)).end > 0,
    );
    expect(await allTexts(source, 'transitions')).toEqual(['out']);
    expect(await allTexts(source, 'checkpoints')).toEqual(['cp']);
    await subscription.stop();
    expect(seen.errors).toEqual([]);
    const next = recordingConsumer();
    const resumed = await source.subscribe('requests', 'aggregate', next.consumer);
    await until('assigned', () => next.seen.calls.length > 0);
    await resumed.stop();
    expect(next.seen.calls[0]).toBe('assigned 0 1');
  });

  test('of a publish that fails neither outputs nor offset are there', async () => {
    const { sink, source } = await opened(factory);
    await sink.append([record('in')]);
    const { consumer, seen } = recordingConsumer();
    const subscription = await source.subscribe('requests', 'aggregate', consumer);
    await until('the record', () => seen.records.length === 1);
    const tooLarge = record(new Uint8Array(16 * 1024 * 1024 + 1), { topic: 'state', key: 'k' });
    const output = record('out', { topic: 'transitions' });
    await expect(subscription.publish(0, [output, tooLarge], 1)).rejects.toThrow(RecordTooLarge);
    await expect(subscription.publish(0, [output], 2)).rejects.toThrow(
      'cannot commit offset 2 of requests/0; it has 0 to 1',
    );
    const noPartition = sink.partitions('requests');
    await expect(subscription.publish(noPartition, [output], 1)).rejects.toThrow(StreamUnavailable);
    expect(await allTexts(source, 'transitions')).toEqual([]);
    await subscription.stop();
    const next = recordingConsumer();
    const resumed = await source.subscribe('requests', 'aggregate', next.consumer);
    await until('assigned', () => next.seen.calls.length > 0);
    await resumed.stop();
    expect(next.seen.calls[0]).toBe('assigned 0 null');
  });

  test('a publish is not refused for waiting bytes', async () => {
    const { sink, source } = await opened(factory, { maxWaitingBytes: 1000 });
    await sink.append([record('in')]);
    const { consumer, seen } = recordingConsumer();
    const subscription = await source.subscribe('requests', 'aggregate', consumer);
    await until('the record', () => seen.records.length === 1);
    await subscription.publish(0, [record(new Uint8Array(5000), { topic: 'state', key: 'k' })], 1);
    expect(await source.latest('state')).toHaveLength(1);
    await subscription.stop();
  });

  test('stop waits for the call in progress, which may still publish, then revokes', async () => {
    const { sink, source } = await opened(factory);
    await sink.append([record('in')]);
    let goOn = () => {};
    let inCall = false;
    let subscription: Subscription | null = null;
    const late: unknown[] = [];
    const { consumer, seen } = recordingConsumer({
      records: async () => {
        inCall = true;
        await new Promise<void>((resolve) => {
          goOn = resolve;
        });
        await subscription!.publish(0, [record('out', { topic: 'transitions' })], 1);
      },
      revoked: async () => {
        await subscription!.publish(0, [], 1).catch((error: unknown) => late.push(error));
      },
    });
    subscription = await source.subscribe('requests', 'aggregate', consumer);
    await until('the call', () => inCall);
    const stopping = subscription.stop();
    await sink.append([record('not handed over any more')]);
    expect(seen.calls.filter((call) => call.startsWith('revoked'))).toEqual([]);
    goOn();
    await stopping;
    await subscription.stop();
    expect(await allTexts(source, 'transitions')).toEqual(['out']);
    expect(seen.calls.filter((call) => call.startsWith('revoked'))).toHaveLength(
      source.partitions('requests'),
    );
    expect(late[0]).toBeInstanceOf(StreamUnavailable);
    await expect(subscription.publish(0, [], 1)).rejects.toThrow(StreamUnavailable);
    expect(seen.records).toHaveLength(1);
    expect(seen.errors).toEqual([]);
  });

  test('a consumer that throws is told that it failed, and its group is free again', async () => {
    const { sink, source } = await opened(factory);
    await sink.append([record('in')]);
    const trouble = new Error('from the consumer');
    const { consumer, seen } = recordingConsumer({
      records: () => {
        throw trouble;
      },
    });
    const subscription = await source.subscribe('requests', 'aggregate', consumer);
    await until('failed', () => seen.errors.length > 0);
    await sink.append([record('more')]);
    await expect(subscription.publish(0, [], 1)).rejects.toThrow(StreamUnavailable);
    await subscription.stop();
    expect(seen.errors).toEqual([trouble]);
    expect(seen.calls.at(-1)).toBe('failed');
    expect(seen.calls.filter((call) => call === 'records 0')).toHaveLength(1);

    const next = recordingConsumer();
    const again = await source.subscribe('requests', 'aggregate', next.consumer);
    await until('read by the next', () => next.seen.records.length === 2);
    await again.stop();
  });

  test('a consumer that throws in assigned or revoked, or starts beyond the end, fails too', async () => {
    const { source } = await opened(factory);
    const beyond = recordingConsumer({ start: () => 5 });
    const first = await source.subscribe('requests', 'a', beyond.consumer);
    await until('failed', () => beyond.seen.errors.length > 0);
    await first.stop();
    expect(String(beyond.seen.errors[0])).toContain(
      'cannot read requests/0 from offset 5; it has 0 to 0',
    );

    const trouble = new Error('from revoked');
    const revoking = recordingConsumer({
      revoked: () => {
        throw trouble;
      },
    });
    const second = await source.subscribe('requests', 'b', revoking.consumer);
    await until('assigned', () => revoking.seen.calls.length === source.partitions('requests'));
    await second.stop();
    expect(revoking.seen.errors).toEqual([trouble]);
  });

  test('closing the stream stops its subscriptions first', async () => {
    const { sink, source } = await opened(factory);
    await sink.append([record('in')]);
    const { consumer, seen } = recordingConsumer();
    await source.subscribe('requests', 'aggregate', consumer);
    await until('the record', () => seen.records.length === 1);
    await source.close();
    expect(seen.calls.at(-1)).toBe(`revoked ${source.partitions('requests') - 1}`);
    expect(seen.errors).toEqual([]);
  });
}
