import { expect, test } from 'vitest';
import type { Topic } from '../../../src/stream/record.ts';
import { recordingConsumer } from '../recording-consumer.ts';
import { allTexts, opened, readAll, record, type StreamFactory } from './under-test.ts';

/** What a stream promises whose clock is this process' own and whose records nobody else has. */
export function oneProcessContract(factory: StreamFactory): void {
  test('the records of one append become visible together', async () => {
    const { sink, source } = await opened(factory);
    const topics: Topic[] = ['requests', 'transitions', 'state'];
    let appended = false;
    const appending = sink
      .append(topics.flatMap((topic) => [record('1', { topic }), record('2', { topic })]))
      .then(() => {
        appended = true;
      });
    const seen = new Set<string>();
    while (!appended) {
      const ends = await Promise.all(topics.map((topic) => source.range(topic, 0)));
      seen.add(ends.map(({ end }) => end).join());
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    await appending;
    expect([...seen].filter((ends) => ends !== '0,0,0' && ends !== '2,2,2')).toEqual([]);
    for (const topic of topics) expect(await allTexts(source, topic)).toEqual(['1', '2']);
  });

  test('append time is the clock of the stream and never runs backwards', async () => {
    let now = 1_000_000.7;
    const { sink, source } = await opened(factory, { clock: () => now });
    await sink.append([record('a')]);
    now = 400_000;
    await sink.append([record('b')]);
    await sink.append([record('another topic', { topic: 'state' })]);
    now = 1_000_500;
    await sink.append([record('c')]);
    const times = (await readAll(source)).map(({ time }) => time);
    expect(times).toEqual([1_000_000, 1_000_000, 1_000_500]);
  });

  test('a time finds the first record appended at or after it', async () => {
    let now = 1000;
    const { sink, source } = await opened(factory, { clock: () => now });
    for (const time of [1000, 1000, 2000, 1500, 3000]) {
      now = time;
      await sink.append([record(`${time}`)]);
    }
    const at = (timeMs: number) => source.offsetAt('requests', 0, timeMs);
    expect(await at(0)).toBe(0);
    expect(await at(1000)).toBe(0);
    expect(await at(1001)).toBe(2);
    expect(await at(2000)).toBe(2);
    expect(await at(2001)).toBe(4);
    expect(await at(3000)).toBe(4);
    expect(await at(3001)).toBe(5);
    expect(await source.offsetAt('state', 0, 0)).toBe(0);
  });

  test('a second reader of a group is refused until the first has stopped', async () => {
    const { source } = await opened(factory);
    const first = await source.subscribe('requests', 'g', recordingConsumer().consumer);
    const second = source.subscribe('requests', 'g', recordingConsumer().consumer);
    await expect(second).rejects.toThrow('group g already reads requests');
    await (await source.subscribe('alerts', 'g', recordingConsumer().consumer)).stop();
    await first.stop();
    await (await source.subscribe('requests', 'g', recordingConsumer().consumer)).stop();
  });
}
