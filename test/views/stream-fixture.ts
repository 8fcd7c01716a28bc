import { MemoryStream } from '../../src/stream/memory/memory-stream.ts';
import type { Topic } from '../../src/stream/record.ts';
import type { Following, RecordSource } from '../../src/stream/source.ts';

/** A stream to put published records on and to open views over. Its clock moves 1 ms per append. */
export function streamFixture(partitions = 1) {
  let time = 1_700_000_000_000;
  const stream = new MemoryStream({ clock: () => time, partitions });
  const followings: Following[] = [];

  const source: RecordSource = {
    partitions: (topic) => stream.partitions(topic),
    range: (topic, partition) => stream.range(topic, partition),
    ends: (topic) => stream.ends(topic),
    read: (...args) => stream.read(...args),
    offsetAt: (...args) => stream.offsetAt(...args),
    latest: (topic) => stream.latest(topic),
    subscribe: (...args) => stream.subscribe(...args),
    follow: async (...args) => {
      const following = await stream.follow(...args);
      followings.push(following);
      return following;
    },
    close: () => stream.close(),
  };

  const putBytes = async (
    topic: Topic,
    key: string | null,
    value: Uint8Array | null,
    partition = 0,
  ) => {
    time++;
    await stream.append([{ topic, partition, key, value }]);
  };

  return {
    source,
    putBytes,
    put: (topic: Topic, key: string | null, value: unknown, partition = 0) =>
      putBytes(topic, key, new TextEncoder().encode(JSON.stringify(value)), partition),
    /** Every follower has been given everything that was put. */
    settled: async () => {
      await Promise.all(followings.map((following) => following.caughtUp()));
    },
  };
}

export type StreamFixture = ReturnType<typeof streamFixture>;
