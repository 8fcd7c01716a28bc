import { expect, test } from 'vitest';
import { until } from '../until.ts';
import { allTexts, opened, readAll, record, type StreamFactory, text } from './under-test.ts';

const FOR_EVER = { maxAgeMs: null, maxBytes: null, compacted: false };

export function retentionContract(factory: StreamFactory): void {
  test('records past the age go, oldest first, and offsets go on', async () => {
    let now = 10_000;
    const { sink, source, retain } = await opened(factory, {
      clock: () => now,
      retention: { requests: { ...FOR_EVER, maxAgeMs: 1000 } },
    });
    for (const time of [10_000, 10_400, 10_800]) {
      now = time;
      await sink.append([record(`${time}`)]);
    }
    now = 11_000;
    await retain();
    expect(await source.range('requests', 0)).toEqual({ first: 0, end: 3 });
    now = 11_500;
    await retain();
    expect(await source.range('requests', 0)).toEqual({ first: 2, end: 3 });
    expect((await source.read('requests', 0, 0)).map(text)).toEqual(['10800']);
    expect(await source.offsetAt('requests', 0, 0)).toBe(2);
    now = 20_000;
    await retain();
    expect(await source.range('requests', 0)).toEqual({ first: 3, end: 3 });
    expect(await source.read('requests', 0, 0)).toEqual([]);
    expect(await sink.append([record('next')])).toEqual([{ partition: 0, offset: 3 }]);
  });

  test('a clock that jumps back deletes nothing early and keeps nothing longer', async () => {
    let now = 100_000;
    const { sink, source, retain } = await opened(factory, {
      clock: () => now,
      retention: { requests: { ...FOR_EVER, maxAgeMs: 1000 } },
    });
    await sink.append([record('a')]);
    now = 102_000;
    await sink.append([record('b')]);
    now = 50_000;
    await retain();
    expect(await allTexts(source)).toEqual(['b']);
  });

  test('the oldest go until the values are within the size', async () => {
    const { sink, source, retain } = await opened(factory, {
      retention: { requests: { ...FOR_EVER, maxBytes: 1000 } },
    });
    for (const length of [600, 300, 100]) await sink.append([record(new Uint8Array(length))]);
    await retain();
    expect(await source.range('requests', 0)).toEqual({ first: 0, end: 3 });
    await sink.append([record(new Uint8Array(1))]);
    await retain();
    expect(await source.range('requests', 0)).toEqual({ first: 1, end: 4 });
    await sink.append([record(new Uint8Array(5000))]);
    await retain();
    expect(await source.range('requests', 0)).toEqual({ first: 5, end: 5 });
  });

  test('other topics keep theirs', async () => {
    let now = 0;
    const { sink, source, retain } = await opened(factory, {
      clock: () => now,
      retention: { requests: { ...FOR_EVER, maxAgeMs: 1 }, transitions: FOR_EVER },
    });
    await sink.append([record('a'), record('t', { topic: 'transitions', key: 'k' })]);
    now = 1e12;
    await retain();
    expect(await allTexts(source)).toEqual([]);
    expect(await allTexts(source, 'transitions')).toEqual(['t']);
  });

  test('more records than one step deletes go as well', async () => {
    let now = 0;
    const { sink, source, retain } = await opened(factory, {
      clock: () => now,
      retention: { requests: { ...FOR_EVER, maxAgeMs: 10 } },
    });
    await sink.append(Array.from({ length: 2500 }, (_, index) => record(`${index}`)));
    now = 100;
    await sink.append([record('young')]);
    await retain();
    expect(await source.range('requests', 0)).toEqual({ first: 2500, end: 2501 });
  });

  test('a compacted topic keeps the latest of every key whatever its age and size', async () => {
    let now = 0;
    const { sink, source, retain } = await opened(factory, {
      clock: () => now,
      retention: { state: { maxAgeMs: 10, maxBytes: 1, compacted: true } },
    });
    const put = (key: string | null, value: string | null) =>
      sink.append([record(value, { topic: 'state', key })]);
    await put('a', 'a1');
    await put('b', 'b1');
    await put('a', 'a2');
    await put('deleted', 'd1');
    await put(null, 'no key');
    await put('deleted', null);
    await put('c', 'c1');
    await put('b', 'b2');
    now = 100;
    await retain();
    const kept = await readAll(source, 'state');
    expect(kept.map(({ offset }) => offset)).toEqual([2, 6, 7]);
    expect(kept.map(text)).toEqual(['a2', 'c1', 'b2']);
    expect(await source.range('state', 0)).toEqual({ first: 2, end: 8 });
    expect((await source.latest('state')).map(text).sort()).toEqual(['a2', 'b2', 'c1']);
    expect((await source.read('state', 0, 3)).map(text)).toEqual(['c1', 'b2']);
  });

  test('a compacted topic keeps superseded records within age and size', async () => {
    let now = 0;
    const { sink, source, retain } = await opened(factory, {
      clock: () => now,
      retention: { state: { maxAgeMs: 50, maxBytes: null, compacted: true } },
    });
    for (const time of [0, 40, 80]) {
      now = time;
      await sink.append([record(`${time}`, { topic: 'state', key: 'k' })]);
    }
    await retain();
    expect(await allTexts(source, 'state')).toEqual(['40', '80']);
  });

  test('a deleted key does not come back when its deletion is deleted', async () => {
    let now = 0;
    const { sink, source, retain } = await opened(factory, {
      clock: () => now,
      retention: { state: { maxAgeMs: 50, maxBytes: null, compacted: true } },
    });
    await sink.append([record('v', { topic: 'state', key: 'k' })]);
    now = 40;
    await sink.append([record(null, { topic: 'state', key: 'k' })]);
    for (now = 40; now < 200; now += 10) {
      await retain();
      expect(await source.latest('state')).toEqual([]);
    }
    expect(await source.range('state', 0)).toEqual({ first: 2, end: 2 });
  });

  test('a follower that was overtaken by retention goes on with what is kept', async () => {
    let now = 0;
    const { sink, source, retain } = await opened(factory, {
      clock: () => now,
      retention: { requests: { ...FOR_EVER, maxAgeMs: 10 } },
    });
    const seen: (string | null)[] = [];
    let goOn = () => {};
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const following = await source.follow('requests', 'start', async (records) => {
      seen.push(...records.map(text));
      await held;
    });
    await sink.append([record('a')]);
    await until('the first', () => seen.length === 1);
    await sink.append([record('overtaken')]);
    now = 100;
    await retain();
    const waiting = following.caughtUp();
    goOn();
    await waiting;
    await sink.append([record('z')]);
    await following.caughtUp();
    expect(seen).toEqual(['a', 'z']);
    await following.stop();
  });
}
