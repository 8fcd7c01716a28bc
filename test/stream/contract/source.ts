import { expect, test } from 'vitest';
import { allTexts, opened, readAll, record, type StreamFactory, text } from './under-test.ts';

export function sourceContract(factory: StreamFactory): void {
  test('reading an empty partition returns nothing and does not wait', async () => {
    const { source } = await opened(factory);
    expect(await source.read('requests', 0, 0)).toEqual([]);
    expect(await source.read('requests', 0, 17)).toEqual([]);
    expect(await source.range('requests', 0)).toEqual({ first: 0, end: 0 });
    expect(await source.latest('state')).toEqual([]);
  });

  test('the ends of all partitions are known at once', async () => {
    const { sink, source } = await opened(factory);
    const last = sink.partitions('requests') - 1;
    await sink.append([record('a'), record('b'), record('c', { partition: last })]);
    const expected = Array.from({ length: last + 1 }, (_, partition) =>
      source.range('requests', partition),
    );
    const ends = (await Promise.all(expected)).map(({ end }) => end);
    expect(await source.ends('requests')).toEqual(ends);
    expect(ends.reduce((sum, end) => sum + end)).toBe(3);
  });

  test('reading starts at the offset asked for and ends at the end', async () => {
    const { sink, source } = await opened(factory);
    await sink.append(['a', 'b', 'c'].map((name) => record(name)));
    expect((await source.read('requests', 0, 1)).map(text)).toEqual(['b', 'c']);
    expect(await source.read('requests', 0, 3)).toEqual([]);
    expect(await source.range('requests', 0)).toEqual({ first: 0, end: 3 });
  });

  test('a read returns about as many bytes as asked for, and always one record', async () => {
    const { sink, source } = await opened(factory);
    await sink.append([900, 10, 10, 10].map((length) => record(new Uint8Array(length))));
    const lengths = async (from: number, maxBytes: number) =>
      (await source.read('requests', 0, from, maxBytes)).map(({ value }) => value!.byteLength);
    expect(await lengths(0, 1)).toEqual([900]);
    expect(await lengths(0, 925)).toEqual([900, 10, 10]);
    expect(await lengths(1, 20)).toEqual([10, 10]);
    expect(await lengths(0, 1e9)).toEqual([900, 10, 10, 10]);
  });

  test('more records without a value than one read returns are all found by reading on', async () => {
    const { sink, source } = await opened(factory);
    const count = 12_000;
    await sink.append(Array.from({ length: count }, () => record(null)));
    const offsets = (await readAll(source)).map(({ offset }) => offset);
    expect(offsets).toHaveLength(count);
    expect(offsets.every((offset, index) => offset === index)).toBe(true);
  });

  test('partitions and topics are apart', async () => {
    const { sink, source } = await opened(factory);
    const last = sink.partitions('requests') - 1;
    await sink.append([record('0'), record('last', { partition: last })]);
    await sink.append([record('s', { topic: 'state', partition: last })]);
    expect(await allTexts(source, 'requests', 0)).toEqual(last === 0 ? ['0', 'last'] : ['0']);
    expect((await readAll(source, 'requests', last)).at(-1)).toMatchObject({ partition: last });
    expect(await allTexts(source, 'state', last)).toEqual(['s']);
    expect(await allTexts(source, 'alerts', 0)).toEqual([]);
    expect(source.partitions('requests')).toBe(sink.partitions('requests'));
  });

  test('the latest of every key is there, without deleted keys and records without a key', async () => {
    const { sink, source } = await opened(factory);
    const partition = sink.partitions('state') - 1;
    for (const topic of ['state', 'transitions'] as const) {
      const put = (key: string | null, value: string | null) =>
        sink.append([record(value, { topic, key, partition: key === 'far' ? partition : 0 })]);
      await put('a', 'a1');
      await put('b', 'b1');
      await put('far', 'f1');
      await put('a', 'a2');
      await put(null, 'no key');
      await put('b', null);
      await put('gone', 'g1');
      await put('gone', null);
      await put('back', null);
      await put('back', '');
      const latest = await source.latest(topic);
      expect(latest.map((one) => [one.key, text(one)]).sort()).toEqual([
        ['a', 'a2'],
        ['back', ''],
        ['far', 'f1'],
      ]);
      await put('b', 'b2');
      expect((await source.latest(topic)).map(text).sort()).toEqual(['', 'a2', 'b2', 'f1']);
    }
  });
}
