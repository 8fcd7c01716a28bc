import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  RateLimited,
  RecordTooLarge,
  StreamFull,
  StreamUnavailable,
} from '../../../src/stream/errors.ts';
import type { Bounded, LaneAnswer, LaneCalls, LaneFrame } from '../../../src/stream/lane/calls.ts';
import { decodeFrame } from '../../../src/stream/lane/frame.ts';
import { LaneSink } from '../../../src/stream/lane/lane-sink.ts';
import type { AppendRecord } from '../../../src/stream/record.ts';

const MIB = 1024 * 1024;
const TAKEN: LaneAnswer = { refused: null };

interface Call {
  lane: number;
  frames: readonly LaneFrame[];
  bounded: Bounded | null;
}

/** A sink over so many lanes, of which each answers as it is told, or throws. */
function sinkOf({
  lanes = 1,
  answers = {} as Record<number, LaneAnswer | Error>,
  limits = {} as Record<string, number>,
} = {}) {
  const calls: Call[] = [];
  const lane = (number: number): LaneCalls => ({
    async append(frames, bounded) {
      calls.push({ lane: number, frames, bounded });
      const answer = answers[number] ?? TAKEN;
      if (answer instanceof Error) throw answer;
      return answer;
    },
    async count() {},
  });
  const sink = new LaneSink({
    partitions: 8,
    lanes,
    lane,
    recordsPerSecond: new Map(Object.entries(limits)),
  });
  return { sink, calls };
}

const record = (partition: number, value: string | Uint8Array = 'x'): AppendRecord => ({
  topic: 'requests',
  partition,
  key: null,
  value: typeof value === 'string' ? new TextEncoder().encode(value) : value,
});

test('every record is in one frame of its partition, at the lane that owns it, in the order given', async () => {
  const some = fc.array(fc.tuple(fc.nat({ max: 7 }), fc.nat({ max: 400_000 })), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(some, fc.integer({ min: 1, max: 4 }), async (given, lanes) => {
      const records = given.map(([partition, bytes], at) => {
        return record(partition, new Uint8Array(bytes).fill(at));
      });
      const { sink, calls } = sinkOf({ lanes });
      await sink.append(records);
      expect(new Set(calls.map(({ lane }) => lane)).size).toBe(calls.length);
      const arrived = calls.flatMap(({ lane, frames }) =>
        frames.flatMap(({ topic, partition, records: count, frame }) => {
          expect(partition % lanes).toBe(lane);
          const own = decodeFrame(frame, { topic, partition });
          expect(own).toHaveLength(count);
          if (count > 1) expect(frame.byteLength).toBeLessThanOrEqual(MIB);
          return own;
        }),
      );
      for (let partition = 0; partition < 8; partition++) {
        const of = (all: readonly AppendRecord[]) =>
          all
            .filter((one) => one.partition === partition)
            .map(({ value }) => [value![0], value!.length]);
        expect(of(arrived)).toEqual(of(records));
      }
    }),
    { numRuns: 40 },
  );
});

test('an unknown topic or partition is refused before any lane is asked', async () => {
  const { sink, calls } = sinkOf();
  await expect(sink.append([record(0), record(8)])).rejects.toThrow(RangeError);
  await expect(sink.append([{ ...record(1), topic: 'dead-letters' }])).rejects.toThrow(RangeError);
  expect(calls).toEqual([]);
  expect([sink.partitions('requests'), sink.partitions('dead-letters')]).toEqual([8, 1]);
});

test.each<[LaneAnswer, new (...given: never[]) => Error]>([
  [{ refused: 'full', message: 'too much waits' }, StreamFull],
  [{ refused: 'too_large', message: 'too long' }, RecordTooLarge],
  [{ refused: 'rate', message: 'too many' }, RateLimited],
  [{ refused: 'unavailable', message: 'nobody there', inDoubt: false }, StreamUnavailable],
])('a refusal is the error that the receiver knows: %j', async (answer, type) => {
  const refused = sinkOf({ answers: { 0: answer } }).sink.append([record(0)]);
  await expect(refused).rejects.toThrow(type);
  await expect(refused).rejects.toThrow((answer as { message: string }).message);
});

test('what one lane refuses after another took its part is in doubt, if it may be sent again', async () => {
  const records = [record(0), record(1)];
  const unavailable = { refused: 'unavailable', message: 'nobody there', inDoubt: false } as const;
  const full = { refused: 'full', message: 'too much waits' } as const;
  for (const answer of [unavailable, full]) {
    const { sink } = sinkOf({ lanes: 2, answers: { 1: answer } });
    await expect(sink.append(records)).rejects.toMatchObject({
      name: 'StreamUnavailable',
      inDoubt: true,
      message: answer.message,
    });
  }
  const all = sinkOf({ lanes: 2, answers: { 0: full, 1: full } });
  await expect(all.sink.append(records)).rejects.toThrow(StreamFull);
});

test('a lane that does not answer may have written', async () => {
  const { sink } = sinkOf({ answers: { 0: new Error('Durable Object reset') } });
  await expect(sink.append([record(0)])).rejects.toMatchObject({
    name: 'StreamUnavailable',
    inDoubt: true,
    message: expect.stringContaining('Durable Object reset'),
  });
});
