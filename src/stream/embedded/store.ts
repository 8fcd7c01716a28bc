import type { AppendRecord, Position, StreamRecord, Topic } from '../record.ts';

/** A group's offset, to be written together with records. */
export interface GroupOffset {
  topic: Topic;
  group: string;
  partition: number;
  nextOffset: number;
}

/** What one call to `append` or `publish` wants written. */
export interface Write {
  records: readonly AppendRecord[];
  commit: GroupOffset | null;
}

/**
 * What keeps the records of an embedded stream. Synchronous: nothing else runs between the steps of a call,
 * which is what makes them atomic.
 *
 * Errors: StreamUnavailable when it cannot be written or read now, StreamUnusable when it is damaged.
 */
export interface Store {
  partitions(topic: Topic): number;
  range(topic: Topic, partition: number): { first: number; end: number };
  /** As `RecordSource.read`. */
  read(topic: Topic, partition: number, from: number, maxBytes: number): StreamRecord[];
  offsetAt(topic: Topic, partition: number, timeMs: number): number;
  latest(topic: Topic): StreamRecord[];
  committed(topic: Topic, group: string, partition: number): number | null;
  /** Makes all of them durable in this order, or throws and leaves nothing. Positions as the records were given. */
  write(writes: readonly Write[]): Position[][];
  /** Deletes a bounded number of records that retention no longer keeps; true when it must be called again. */
  retain(): boolean;
  close(): void;
}
