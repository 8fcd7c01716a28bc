import { expired, type RetentionByTopic } from '../embedded/retention.ts';
import type { GroupOffset, Store, Write } from '../embedded/store.ts';
import { type Position, type StreamRecord, TOPICS, type Topic } from '../record.ts';
import { MemoryPartition, sizeOf } from './memory-partition.ts';

/** Looking for records to delete costs a walk over the topic: it is done once in so many appends. */
const APPENDS_BETWEEN_SWEEPS = 256;

export class MemoryStore implements Store {
  readonly #topics: ReadonlyMap<Topic, readonly MemoryPartition[]>;
  readonly #groups = new Map<string, number>();
  readonly #clock: () => number;
  readonly #retention: RetentionByTopic;
  #appendsSinceSweep = 0;

  constructor(partitions: number, clock: () => number, retention: RetentionByTopic) {
    this.#clock = clock;
    this.#retention = retention;
    this.#topics = new Map(
      TOPICS.map((topic) => [
        topic,
        Array.from({ length: partitions }, () => new MemoryPartition()),
      ]),
    );
  }

  partitions(topic: Topic): number {
    return this.#topics.get(topic)?.length ?? 0;
  }

  range(topic: Topic, partition: number): { first: number; end: number } {
    const { first, end } = this.#partition(topic, partition);
    return { first, end };
  }

  read(topic: Topic, partition: number, from: number, maxBytes: number): StreamRecord[] {
    return this.#partition(topic, partition).read(from, maxBytes);
  }

  offsetAt(topic: Topic, partition: number, timeMs: number): number {
    return this.#partition(topic, partition).offsetAt(timeMs);
  }

  latest(topic: Topic): StreamRecord[] {
    return [...newestByKey(this.#topics.get(topic)!).values()].filter(
      ({ value }) => value !== null,
    );
  }

  committed(topic: Topic, group: string, partition: number): number | null {
    return this.#groups.get(groupKey({ topic, group, partition })) ?? null;
  }

  write(writes: readonly Write[]): Position[][] {
    const now = Math.floor(this.#clock());
    const positions = writes.map(({ records, commit }) => {
      if (commit !== null) this.#groups.set(groupKey(commit), commit.nextOffset);
      this.#appendsSinceSweep += records.length;
      return records.map((record) => ({
        partition: record.partition,
        offset: this.#partition(record.topic, record.partition).append(record, now),
      }));
    });
    if (this.#appendsSinceSweep >= APPENDS_BETWEEN_SWEEPS) this.retain();
    return positions;
  }

  retain(): boolean {
    this.#appendsSinceSweep = 0;
    for (const topic of TOPICS) this.#sweep(topic);
    return false;
  }

  close(): void {}

  #sweep(topic: Topic): void {
    const partitions = this.#topics.get(topic)!;
    const retention = this.#retention[topic];
    const newest = retention.compacted ? newestByKey(partitions) : null;
    const deletable = partitions
      .flatMap(({ records }) => records)
      .filter((record) => !isLatest(record, newest))
      .sort((a, b) => a.time - b.time)
      .map((record) => ({ ...record, size: sizeOf(record) }));
    const now = Math.max(this.#clock(), ...partitions.map(({ lastTime }) => lastTime));
    const bytes = partitions.reduce((sum, partition) => sum + partition.bytes, 0);
    const gone = expired(deletable, retention, now, bytes);
    for (const [index, partition] of partitions.entries()) {
      const offsets = gone.filter((record) => record.partition === index);
      if (offsets.length > 0) partition.remove(new Set(offsets.map(({ offset }) => offset)));
    }
  }

  #partition(topic: Topic, partition: number): MemoryPartition {
    return this.#topics.get(topic)![partition]!;
  }
}

function newestByKey(partitions: readonly MemoryPartition[]): Map<string, StreamRecord> {
  const newest = new Map<string, StreamRecord>();
  for (const { records } of partitions) {
    for (const record of records) {
      if (record.key === null) continue;
      const known = newest.get(record.key);
      if (known === undefined || record.time >= known.time) newest.set(record.key, record);
    }
  }
  return newest;
}

function isLatest(record: StreamRecord, newest: Map<string, StreamRecord> | null): boolean {
  if (newest === null || record.key === null || record.value === null) return false;
  return newest.get(record.key) === record;
}

function groupKey({ topic, group, partition }: Omit<GroupOffset, 'nextOffset'>): string {
  return `${topic}/${partition}/${group}`;
}
