import { expect, test } from 'vitest';
import { RecordTooLarge, StreamUnavailable } from '../../../src/stream/errors.ts';
import { encodeFrame } from '../../../src/stream/lane/frame.ts';
import { Outbox } from '../../../src/stream/lane/outbox.ts';
import { RestLane } from '../../../src/stream/lane/rest-lane.ts';
import type { AppendRecord } from '../../../src/stream/record.ts';
import { type Log, noLog } from '../../../src/telemetry/log.ts';
import { TestSql } from './sql.ts';

const target = (partition: number) => ({ topic: 'requests', partition }) as const;
const record = (partition: number, text: string): AppendRecord => ({
  ...target(partition),
  key: null,
  value: new TextEncoder().encode(text),
});
const frame = (partition: number, ...texts: string[]) =>
  encodeFrame(texts.map((text) => record(partition, text)));

/** Keeps what it takes, by partition. */
class FakeSink {
  readonly taken = new Map<number, string[]>();
  isDown = false;
  /** One with a longer value is too large, and so is a call with more bytes. */
  maxBytes = Number.POSITIVE_INFINITY;
  mostAtOnce = 0;
  #atOnce = 0;

  partitions(): number {
    return 32;
  }

  async append(records: readonly AppendRecord[]): Promise<void> {
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.#atOnce);
    await new Promise((resolve) => setImmediate(resolve));
    this.#atOnce--;
    if (this.isDown) throw new StreamUnavailable('nobody there');
    const bytes = records.reduce((sum, { value }) => sum + value!.byteLength, 0);
    if (bytes > this.maxBytes) throw new RecordTooLarge(`${bytes} bytes`);
    for (const { partition, value } of records) {
      const taken = this.taken.get(partition) ?? [];
      this.taken.set(partition, taken);
      taken.push(String(Buffer.from(value!)));
    }
  }
}

/** A lane whose outbox one over sockets has filled. */
function laneAfter(fill: (outbox: Outbox) => void, log: Log = noLog) {
  const sql = new TestSql();
  fill(new Outbox(sql, 10_000_000));
  const sink = new FakeSink();
  const asked: number[] = [];
  const lane = new RestLane({
    sink,
    sql,
    instead: (one) => ({ ...one, value: new TextEncoder().encode('~') }),
    wakeIn: (ms) => asked.push(ms),
    clock: () => 0,
    log,
  });
  return { lane, sink, asked, waiting: () => lane.figures().outboxBytes };
}

test('what a lane over sockets has acknowledged is appended, in its order, also what was in doubt', async () => {
  const { lane, sink, asked, waiting } = laneAfter((outbox) => {
    outbox.put(target(0), frame(0, 'a', 'b'));
    const upTo = outbox.put(target(0), frame(0, 'c'));
    outbox.begin(target(0), upTo, { producerId: 1, producerEpoch: 0, sequence: 7 });
    outbox.put(target(0), frame(0, 'd'));
    outbox.put(target(1), frame(1, 'e'));
  });
  expect(asked).toEqual([0]);
  expect(waiting()).toBeGreaterThan(0);
  await lane.wake();
  expect([...sink.taken]).toEqual([
    [0, ['a', 'b', 'c', 'd']],
    [1, ['e']],
  ]);
  expect([waiting(), asked]).toEqual([0, [0]]);
});

test('while the sink takes nothing it is all kept, and asked for again', async () => {
  const { lane, sink, asked, waiting } = laneAfter((outbox) => {
    outbox.put(target(0), frame(0, 'a'));
  });
  const kept = waiting();
  sink.isDown = true;
  await lane.wake();
  expect([waiting(), asked.length]).toEqual([kept, 2]);
  sink.isDown = false;
  await lane.wake();
  expect([waiting(), asked.length, sink.taken.get(0)]).toEqual([0, 2, ['a']]);
});

test('what the sink will never take, or nobody can read, is told of and blocks nothing', async () => {
  const errors: string[] = [];
  const log = { ...noLog, error: (event: string) => errors.push(event) };
  const { lane, sink, waiting } = laneAfter((outbox) => {
    for (const texts of [['a', 'bbbbb'], ['c']]) outbox.put(target(0), frame(0, ...texts));
    outbox.put(target(0), frame(0, 'd').with(0, 0));
    outbox.put(target(0), frame(0, 'e'));
  }, log);
  sink.maxBytes = 4;
  await lane.wake();
  expect(sink.taken.get(0)).toEqual(['a', '~', 'c', 'e']);
  expect(errors.sort()).toEqual(['record_lost', 'record_too_large']);
  expect(waiting()).toBe(0);
});

test('of thirty-two targets that wait four are appended at once', async () => {
  const { lane, sink, waiting } = laneAfter((outbox) => {
    for (let partition = 0; partition < 32; partition++) {
      outbox.put(target(partition), frame(partition, 'a'));
    }
  });
  await lane.wake();
  expect([sink.mostAtOnce, sink.taken.size, waiting()]).toEqual([4, 32, 0]);
});

test('a frame that nobody can read is refused, and nothing of what came with it is taken', async () => {
  const { lane, sink } = laneAfter(() => {});
  const one = (bytes: Uint8Array) => ({ ...target(0), records: 1, frame: bytes });
  const whole = frame(0, 'a');
  const refused = await lane.append([one(whole), one(whole.subarray(0, 9))], null);
  expect(refused).toMatchObject({ refused: 'unavailable', inDoubt: false });
  expect(sink.taken.size).toBe(0);
  expect(await lane.append([one(whole)], null)).toEqual({ refused: null });
  expect(lane.figures()).toMatchObject({ appendedRecords: 1, waitingBytes: 0 });
});
