import type { StreamRecord, Topic } from '../../src/stream/record.ts';
import type { RecordSource } from '../../src/stream/source.ts';

type OnRecords = (records: readonly StreamRecord[]) => void | Promise<void>;

/** A stream to put published records on and to open views over. Followers are told at once. */
export function streamFixture(partitions = 1) {
  const records = new Map<Topic, StreamRecord[][]>();
  const followers = new Map<Topic, Set<OnRecords>>();
  const of = (topic: Topic) => {
    const held = records.get(topic) ?? Array.from({ length: partitions }, () => []);
    records.set(topic, held);
    return held;
  };
  let time = 1_700_000_000_000;
  let failing: Error | null = null;

  const source: RecordSource = {
    partitions: () => partitions,
    range: async (topic, partition) => ({ first: 0, end: of(topic)[partition]!.length }),
    read: async (topic, partition, from) => of(topic)[partition]!.slice(from, from + 7),
    offsetAt: () => Promise.reject(new Error('not used')),
    latest: () => Promise.reject(new Error('not used')),
    subscribe: () => Promise.reject(new Error('not used')),
    follow: async (topic, from, onRecords) => {
      if (failing) throw failing;
      const started = (async () => {
        await null; // as a real stream: what is there comes after `follow` returned
        if (from === 'start') await onRecords(of(topic).flat());
        const set = followers.get(topic) ?? new Set();
        followers.set(topic, set.add(onRecords));
      })();
      return {
        caughtUp: () => started,
        stop: async () => {
          await started;
          followers.get(topic)?.delete(onRecords);
        },
      };
    },
    close: async () => {},
  };

  const putBytes = (topic: Topic, key: string | null, value: Uint8Array | null, partition = 0) => {
    const log = of(topic)[partition]!;
    const record = { topic, partition, key, value, offset: log.length, time: time++ };
    log.push(record);
    for (const follower of followers.get(topic) ?? []) void follower([record]);
  };

  return {
    source,
    putBytes,
    put: (topic: Topic, key: string | null, value: unknown, partition = 0) =>
      putBytes(topic, key, new TextEncoder().encode(JSON.stringify(value)), partition),
    failFollowing: (error: Error | null) => {
      failing = error;
    },
    followers: () => [...followers.values()].reduce((sum, set) => sum + set.size, 0),
  };
}

export type StreamFixture = ReturnType<typeof streamFixture>;
