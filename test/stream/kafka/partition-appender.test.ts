import { expect, test } from 'vitest';
import { RecordTooLarge, StreamUnavailable } from '../../../src/stream/errors.ts';
import type { KafkaCluster } from '../../../src/stream/kafka/client.ts';
import { PartitionAppender } from '../../../src/stream/kafka/partition-appender.ts';
import { noLog } from '../../../src/telemetry/log.ts';
import { clusterOf } from './one-broker.ts';

const MIB = 1024 * 1024;

interface Sent {
  producerId: number;
  sequence: number;
  records: number;
}

/** Leads one partition; each produce does what a test says, or writes. */
class FakeLeader {
  readonly sent: Sent[] = [];
  /** Type of the error that the next ones are refused with; null: it is written. */
  readonly answers: (string | null)[] = [];
  #producers = 0;
  #end = 0;

  get cluster(): KafkaCluster {
    return clusterOf({
      initProducerId: async () => ({ producerId: ++this.#producers, producerEpoch: 0 }),
      produce: (request: ProduceRequest) => this.#produce(request),
    });
  }

  async #produce({ producerId, topicData }: ProduceRequest) {
    const { firstSequence, messages } = topicData[0]!.partitions[0]!;
    this.sent.push({ producerId, sequence: firstSequence, records: messages.length });
    const type = this.answers.shift() ?? null;
    if (type !== null) {
      throw Object.assign(new Error(type), { name: 'KafkaJSProtocolError', type });
    }
    const baseOffset = `${this.#end}`;
    this.#end += messages.length;
    return {
      topics: [{ topicName: 'a', partitions: [{ partition: 0, errorCode: 0, baseOffset }] }],
    };
  }
}

interface ProduceRequest {
  producerId: number;
  topicData: { partitions: { firstSequence: number; messages: unknown[] }[] }[];
}

const appenderOf = ({ cluster }: FakeLeader, forMs = 5_000) =>
  new PartitionAppender({ cluster, topic: 'a', partition: 0, forMs, log: noLog });
const record = { topic: 'requests', partition: 0, key: null, value: null } as const;

test('what is tried again keeps its producer and its number, and the next one’s follow', async () => {
  const leader = new FakeLeader();
  leader.answers.push('REQUEST_TIMED_OUT');
  const appender = appenderOf(leader);
  expect(await appender.add([record, record], 1)).toBe(0);
  expect(await appender.add([record], 1)).toBe(2);
  expect(leader.sent).toEqual([
    { producerId: 1, sequence: 0, records: 2 },
    { producerId: 1, sequence: 0, records: 2 },
    { producerId: 1, sequence: 2, records: 1 },
  ]);
});

test('the number of what was given up is never another one’s', async () => {
  const leader = new FakeLeader();
  const appender = appenderOf(leader, 40);
  leader.answers.push('REQUEST_TIMED_OUT');
  await expect(appender.add([record], 1)).rejects.toMatchObject({ inDoubt: true });
  await appender.add([record], 1);
  expect(leader.sent).toEqual([
    { producerId: 1, sequence: 0, records: 1 },
    { producerId: 2, sequence: 0, records: 1 },
  ]);
});

test('a producer that brokers have forgotten is another one from then on', async () => {
  const leader = new FakeLeader();
  const appender = appenderOf(leader);
  await appender.add([record], 1);
  leader.answers.push('OUT_OF_ORDER_SEQUENCE_NUMBER');
  expect(await appender.add([record], 1)).toBe(1);
  expect(leader.sent.slice(1)).toEqual([
    { producerId: 1, sequence: 1, records: 1 },
    { producerId: 2, sequence: 0, records: 1 },
  ]);
});

test('what waits behind one that cannot be written is refused with it, and was never sent', async () => {
  const leader = new FakeLeader();
  leader.answers.push(...Array.from({ length: 20 }, () => 'NOT_LEADER_FOR_PARTITION'));
  const appender = appenderOf(leader, 200);
  const adding = [1, 2, 3].map((count) => appender.add(Array(count).fill(record), MIB));
  const settled = await Promise.allSettled(adding);
  const errors = settled.map((result) => (result as PromiseRejectedResult).reason);
  for (const error of errors) expect(error).toBeInstanceOf(StreamUnavailable);
  expect(errors.map(({ inDoubt }) => inDoubt)).toEqual([true, false, false]);
  expect(new Set(leader.sent.map(({ records }) => records))).toEqual(new Set([1]));
});

test('one that is too large does not cost those that were sent with it', async () => {
  const leader = new FakeLeader();
  leader.answers.push('MESSAGE_TOO_LARGE', null, 'MESSAGE_TOO_LARGE');
  const appender = appenderOf(leader);
  const results = await Promise.allSettled([appender.add([record], 1), appender.add([record], 1)]);
  expect(results[0]).toEqual({ status: 'fulfilled', value: 0 });
  expect(results[1]).toMatchObject({ reason: expect.any(RecordTooLarge) });
});
