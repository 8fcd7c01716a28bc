import { expect, test } from 'vitest';
import { TopicAppender } from '../../../src/stream/kafka-rest/topic-appender.ts';
import type { Answered, TopicRequests } from '../../../src/stream/kafka-rest/topic-requests.ts';
import type { AppendRecord } from '../../../src/stream/record.ts';
import { record } from '../contract/under-test.ts';
import { RecordingLog, TestTiming } from './opened-sink.ts';

function appenderOver(send: TopicRequests['send']) {
  const log = new RecordingLog();
  const timing = new TestTiming();
  const maxRequestBytes = 1_000_000;
  const forMs = 10_000;
  const topic = 't.requests';
  const requests = { send };
  const appender = new TopicAppender({ topic, requests, maxRequestBytes, forMs, timing, log });
  return { appender, log: log.entries };
}

const written = (records: readonly AppendRecord[]): Answered => ({
  outcomes: records.map((_, offset) => ({ kind: 'written', offset })),
  retryAfterMs: 0,
  tooMany: false,
});

const PROBLEMS: Record<string, (records: readonly AppendRecord[]) => Promise<Answered>> = {
  'a request that throws': () => Promise.reject(new TypeError('x is not iterable')),
  'too few outcomes': async (records) => written(records.slice(1)),
};

test.each(Object.entries(PROBLEMS))(
  'what waits is given up, in doubt, for %s, and the next append is tried anew',
  async (_, problem) => {
    let during: Promise<unknown> | null = null;
    const answers = [problem];
    const { appender, log } = appenderOver(async (records) => {
      const answer = answers.shift();
      if (answer === undefined) return written(records);
      during = appender.add([record('c')]);
      during.catch(() => {});
      return answer(records);
    });
    const first = appender.add([record('a'), record('b')]);
    const inDoubt = { name: 'StreamUnavailable', inDoubt: true, cause: expect.any(TypeError) };
    await expect(first).rejects.toMatchObject(inDoubt);
    await expect(during).rejects.toMatchObject(inDoubt);
    await appender.drained();
    expect(log).toEqual(['kafka_rest_failed']);
    expect(await appender.add([record('d')])).toEqual([0]);
  },
);

test('what is added in the very step in which the last one settles is sent', async () => {
  const { appender } = appenderOver(async (records) => written(records));
  const again = appender.add([record('a')]).then(() => appender.add([record('b')]));
  expect(await again).toEqual([0]);
  const afterOther = appender.add([record('c')]).then(async () => {
    await Promise.resolve();
    return appender.add([record('d')]);
  });
  expect(await afterOther).toEqual([0]);
});
