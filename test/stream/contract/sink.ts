import { expect, test } from 'vitest';
import { RecordTooLarge, StreamFull, StreamUnavailable } from '../../../src/stream/errors.ts';
import type { Topic } from '../../../src/stream/record.ts';
import { allTexts, opened, readAll, record, type StreamFactory } from './under-test.ts';

export function sinkContract(
  factory: StreamFactory,
  { keepsHeaders = true }: { keepsHeaders?: boolean } = {},
): void {
  test('an append resolves to the positions of its records, which can be read then', async () => {
    const { sink, source } = await opened(factory);
    const first = await sink.append([record('a'), record('b')]);
    expect(first).toEqual([
      { partition: 0, offset: 0 },
      { partition: 0, offset: 1 },
    ]);
    expect(await allTexts(source)).toEqual(['a', 'b']);
    expect(await sink.append([record('c')])).toEqual([{ partition: 0, offset: 2 }]);
  });

  test('everything in a record comes back as it was given', async () => {
    const { sink, source } = await opened(factory);
    const value = Uint8Array.from({ length: 256 }, (_, index) => index);
    const headers = { traceparent: '00-ab-cd-01', 'ünï "x"': '\n\0' };
    const given = [
      record(value, { key: 'ratings.default', headers }),
      record(value.subarray(7, 9), { key: '' }),
      record('no key'),
      record('nul', { key: 'a\0b' }),
    ];
    await sink.append(given);
    const read = await readAll(source);
    expect(read.map(({ offset: _, time: __, value: bytes, ...rest }) => rest)).toEqual(
      given.map(({ value: _, headers: own, ...rest }) => ({
        ...rest,
        ...(keepsHeaders && own && { headers: own }),
      })),
    );
    expect(read.map((one) => [...one.value!])).toEqual(given.map((one) => [...one.value!]));
  });

  test('an empty value is a value and null is none', async () => {
    const { sink, source } = await opened(factory);
    await sink.append([record(new Uint8Array(0)), record(null)]);
    const [empty, none] = await readAll(source);
    expect(empty!.value).toEqual(new Uint8Array(0));
    expect(none!.value).toBeNull();
  });

  test('a lone surrogate in a key becomes U+FFFD', async () => {
    const { sink, source } = await opened(factory);
    await sink.append([record('x', { topic: 'state', key: 'a\ud800b' })]);
    expect((await readAll(source, 'state'))[0]!.key).toBe('a\ufffdb');
    expect((await source.latest('state'))[0]!.key).toBe('a\ufffdb');
  });

  test('the bytes may be used again once the append has resolved', async () => {
    const { sink, source } = await opened(factory);
    const scratch = new TextEncoder().encode('first');
    await sink.append([record(scratch)]);
    scratch.set(new TextEncoder().encode('other'));
    await sink.append([record(scratch)]);
    expect(await allTexts(source)).toEqual(['first', 'other']);
  });

  test('an append of nothing resolves to nothing', async () => {
    const { sink, source } = await opened(factory);
    expect(await sink.append([])).toEqual([]);
    expect(await source.range('requests', 0)).toEqual({ first: 0, end: 0 });
  });

  test('appends made one after the other keep their order, however many are under way', async () => {
    const { sink, source } = await opened(factory);
    const names = Array.from({ length: 500 }, (_, index) => `${index}`);
    const partitions = sink.partitions('requests');
    const positions = await Promise.all(
      names.map((name, index) =>
        sink.append([
          record(name, { partition: index % partitions }),
          record(`${name}+`, { partition: index % partitions }),
        ]),
      ),
    );
    for (let partition = 0; partition < partitions; partition++) {
      const expected = names.filter((_, index) => index % partitions === partition);
      expect(await allTexts(source, 'requests', partition)).toEqual(
        expected.flatMap((name) => [name, `${name}+`]),
      );
    }
    const offsets = positions.flat().filter(({ partition }) => partition === 0);
    expect(offsets.map(({ offset }) => offset)).toEqual(offsets.map((_, index) => index));
  });

  test('over the bound of waiting bytes an append is refused at once, and works again later', async () => {
    const { sink, source } = await opened(factory, { maxWaitingBytes: 10_000 });
    const value = new Uint8Array(3000);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 8 }, () => sink.append([record(value)])),
    );
    const refused = outcomes.filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(5);
    for (const outcome of refused) {
      expect((outcome as PromiseRejectedResult).reason).toBeInstanceOf(StreamFull);
    }
    expect(await readAll(source)).toHaveLength(3);
    await sink.append([record(value)]);
    expect(await readAll(source)).toHaveLength(4);
  });

  test('a flood of records without a value is bounded too', async () => {
    const { sink } = await opened(factory, { maxWaitingBytes: 10_000 });
    const outcomes = await Promise.allSettled(
      Array.from({ length: 1000 }, () => sink.append([record(null)])),
    );
    expect(outcomes.some(({ status }) => status === 'rejected')).toBe(true);
  });

  test('a value over 16 MiB and an append that can never wait are too large, at their neighbours no cost', async () => {
    const { sink, source } = await opened(factory);
    const most = new Uint8Array(16 * 1024 * 1024);
    const over = new Uint8Array(16 * 1024 * 1024 + 1);
    const before = sink.append([record('before')]);
    await expect(sink.append([record('same call'), record(over)])).rejects.toThrow(RecordTooLarge);
    await before;
    await sink.append([record(most)]);
    const records = await readAll(source);
    expect(records.map(({ value }) => value!.byteLength)).toEqual([6, most.byteLength]);

    const narrow = await opened(factory, { maxWaitingBytes: 100 });
    await expect(narrow.sink.append([record(new Uint8Array(200))])).rejects.toThrow(RecordTooLarge);
    expect(await readAll(narrow.source)).toEqual([]);
  });

  test('an unknown partition or topic is refused with what there is', async () => {
    const { sink, source } = await opened(factory);
    const beyond = sink.partitions('requests');
    await expect(sink.append([record('a'), record('b', { partition: beyond })])).rejects.toThrow(
      `no partition ${beyond}; it has 0 to ${beyond - 1}`,
    );
    await expect(sink.append([record('a', { partition: -1 })])).rejects.toThrow(RangeError);
    await expect(sink.append([record('a', { topic: 'no' as Topic })])).rejects.toThrow(
      'topics are requests,',
    );
    await expect(source.read('requests', beyond, 0)).rejects.toThrow(RangeError);
    expect(await readAll(source)).toEqual([]);
  });

  test('close waits for what was given, then every call is refused, and it may be called twice', async () => {
    const { sink, source } = await opened(factory);
    const done: string[] = [];
    const waiting = ['a', 'b'].map((name) =>
      sink.append([record(name)]).then(() => done.push(name)),
    );
    const closing = sink.close();
    const late = sink.append([record('late')]);
    await expect(late).rejects.toThrow(StreamUnavailable);
    await closing;
    await Promise.all(waiting);
    expect(done).toEqual(['a', 'b']);
    await sink.close();
    await source.close();
    await expect(sink.append([])).rejects.toThrow(StreamUnavailable);
    await expect(source.read('requests', 0, 0)).rejects.toThrow(StreamUnavailable);
    await expect(source.latest('state')).rejects.toThrow(StreamUnavailable);
    await expect(source.follow('state', 'start', () => {})).rejects.toThrow(StreamUnavailable);
  });
}
