import type { AppendRecord, StreamRecord, Topic } from './record.ts';

/**
 * The read side of the stream.
 *
 * Contract (test/stream/contract.ts runs it over every adapter):
 * - A partition's records come in offset order, without gaps, duplicates or reordering; of a compacted topic
 *   the superseded records may be missing.
 * - Records handed out are shared: readers leave their bytes alone.
 * - `read` returns what is there now, an empty array at the end, and never waits for new records.
 *   An offset below the first kept record reads from the first kept one.
 */
export interface RecordSource {
  partitions(topic: Topic): number;
  /** Offsets kept now: `first` is the oldest kept, `end` is one after the newest. */
  range(topic: Topic, partition: number): Promise<{ first: number; end: number }>;
  /**
   * The end of every partition now, for who looks often: answers or rejects soon, with null for a partition that cannot
   * be asked now.
   */
  ends(topic: Topic): Promise<readonly (number | null)[]>;
  /** At least one record if any is there, then more up to about `maxBytes` of values. */
  read(topic: Topic, partition: number, from: number, maxBytes?: number): Promise<StreamRecord[]>;
  /** Offset of the first record appended at or after `timeMs`; `end` when there is none. */
  offsetAt(topic: Topic, partition: number, timeMs: number): Promise<number>;
  /** The newest record of every key, over all partitions; deleted keys are absent. */
  latest(topic: Topic): Promise<StreamRecord[]>;
  /**
   * Joins `group` and hands the partitions it is given to `consumer` until stopped.
   * The embedded stream has one reader per group and gives it everything; a second one is refused. Kafka shares
   * them among the members; a member that was not heard of for too long gets those that it is given anew assigned
   * anew.
   * No call to the consumer comes before the returned promise has resolved.
   */
  subscribe(topic: Topic, group: string, consumer: PartitionConsumer): Promise<Subscription>;
  /**
   * Follows a topic without a group: every record from `from` (`'end'`: only new ones) on, all partitions.
   * Calls never overlap. When reading fails for good or `onRecords` throws, the following is over and
   * `onFailed` is told; without one the error is thrown where nobody catches it, so that it is not missed.
   */
  follow(
    topic: Topic,
    from: 'start' | 'end',
    onRecords: (records: readonly StreamRecord[]) => void | Promise<void>,
    onFailed?: (error: unknown) => void,
  ): Promise<Following>;
  /** Stops every subscription and following, then closes as the sink does. */
  close(): Promise<void>;
}

export interface PartitionConsumer {
  /**
   * The partition is ours now. `committed` is the group's offset, null when there is none. Returns where to
   * start: an offset from 0 to the partition's end.
   */
  assigned(partition: number, committed: number | null): Promise<number>;
  /**
   * Records in order, at least one. `atEnd` is true when nothing newer was in the partition. A partition that
   * starts at its end gets no call before something is appended. Calls never overlap, over all partitions.
   */
  records(partition: number, records: readonly StreamRecord[], atEnd: boolean): Promise<void>;
  /** Every partition that is ours now was assigned; also told when that is none. */
  settled?(): void;
  /** The partition is no longer ours; nothing may be published for it any more. */
  revoked(partition: number): Promise<void>;
  /** Reading has failed for good, or a call above threw; the subscription is over, no other call comes. */
  failed(error: unknown): void;
}

export interface Subscription {
  /**
   * Publishes what folding up to `nextOffset` returned, then commits `nextOffset`.
   * Embedded: one transaction. Kafka: outputs with acks all, then the fenced commit.
   * Rejects as `append` does (but is never refused for waiting bytes), and with PartitionLost once the partition is
   * no longer ours.
   */
  publish(partition: number, outputs: readonly AppendRecord[], nextOffset: number): Promise<void>;
  /**
   * Whether the partition is ours beyond doubt. False also when this process was not heard of for so long that it may be
   * another member's by now, though nobody has said so yet: after it was frozen, or while Kafka does not answer.
   */
  holds(partition: number): boolean;
  /**
   * Records that wait to be handed over, with those of the call in progress, as far as is known now; null for a
   * partition that is not being read.
   */
  lag(partition: number): number | null;
  /**
   * Waits for the call in progress, which may still publish; then `revoked` is called for every partition.
   * Not to be awaited from within a call of the consumer.
   */
  stop(): Promise<void>;
}

export interface Following {
  /**
   * Resolves when everything that was in the topic at the time of the call has been handed over; rejects when
   * the following ends before that.
   */
  caughtUp(): Promise<void>;
  stop(): Promise<void>;
}
