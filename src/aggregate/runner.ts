import { encodePolicy, encodeTick } from '../packed/codec.ts';
import { PartitionLost, StreamFull, StreamUnavailable } from '../stream/errors.ts';
import { FoldedOffsets } from './folded-offsets.ts';
import type { AggregateOptions } from './options.ts';
import { PartitionGauges } from './partition-gauges.ts';
import { PartitionRunner } from './partition-runner.ts';
import { RestingPartitions } from './resting-partitions.ts';

export interface Aggregate {
  /** True once every partition that it was given first is re-read up to its committed offset. */
  ready(): boolean;
  /** Whether it has no partition because others have them all. */
  standby(): boolean;
  stop(): Promise<void>;
}

/**
 * The aggregate role: reads `requests`, publishes what the fold returns, commits, and appends a tick when the
 * stream is silent and something waits for time.
 */
export async function startAggregate(options: AggregateOptions): Promise<Aggregate> {
  const { source, log } = options;
  const partitions = new Map<number, PartitionRunner>();
  const resting = new RestingPartitions(options.clock);
  let isReady = false;
  const folded = new FoldedOffsets(options.clock);
  const stopping = new AbortController();
  const gauges = new PartitionGauges(options.metrics, options.clock);

  const subscription = await source.subscribe('requests', GROUP, {
    async assigned(number, committed) {
      const rested = resting.take(number);
      const resumed = (await rested?.resume(committed)) ?? null;
      const partition = resumed === null ? new PartitionRunner(number, options) : rested!;
      const from = resumed ?? (await partition.recover(committed));
      partitions.set(number, partition);
      log.info('partition_assigned', { partition: number, committed, from });
      if (partition.wantsPolicy()) {
        const value = encodePolicy(options.policy);
        await patiently(() => append(options, number, value), options, stopping.signal);
      }
      return from;
    },
    async records(number, records, atEnd) {
      const partition = partitions.get(number);
      // Lost, and not yet revoked.
      if (partition === undefined) return;
      const outputs = partition.fold(records, atEnd);
      const next = records.at(-1)!.offset + 1;
      if (outputs.length === 0) {
        // After an abort what was folded before may not have been published: nothing is to be committed beyond it.
        if (!stopping.signal.aborted) folded.add(number, next);
        return;
      }
      folded.published(number, next);
      try {
        await patiently(
          () => subscription.publish(number, outputs, next),
          options,
          stopping.signal,
        );
      } catch (error) {
        if (!(error instanceof PartitionLost)) throw error;
        // Its next owner folds these records again: what is in memory has outputs that nobody may have published.
        partitions.delete(number);
        gauges.remove(number);
        log.warn('partition_lost', { partition: number, error: error.message });
      }
    },
    settled() {
      isReady = true;
    },
    async revoked(number) {
      const partition = partitions.get(number);
      if (partition !== undefined) resting.add(number, partition);
      partitions.delete(number);
      gauges.remove(number);
      folded.forget(number);
      log.info('partition_revoked', { partition: number });
    },
    failed: options.onFailed,
  });
  /** Of what had nothing to publish. Taken and given to the stream in one step: no later commit may come before. */
  const commit = async (number: number, waitedMs: number) => {
    const next = folded.take(number, waitedMs);
    if (next === null) return;
    try {
      await subscription.publish(number, [], next);
    } catch (error) {
      // Tried again; or folded again without outputs by whoever has the partition next.
      if (!(error instanceof PartitionLost) && partitions.has(number)) folded.putBack(number, next);
      log.warn('commit_failed', { partition: number, error: String(error) });
    }
  };
  const check = async () => {
    // Also when others have all partitions: what rests is large.
    resting.forget();
    for (const [number, partition] of partitions) {
      if (stopping.signal.aborted) return;
      gauges.set(number, { lag: subscription.lag(number), ...partition.clocks });
      await commit(number, COMMIT_AFTER_MS);
      if (!stopping.signal.aborted && partition.wantsTick(options.clock())) {
        await tick(options, number);
      }
    }
  };
  const ticking = everyCheck(check, options, stopping.signal);

  return {
    ready: () => isReady,
    standby: () => isReady && partitions.size === 0,
    async stop() {
      stopping.abort();
      await ticking;
      // Together: each may wait for a Kafka that is down.
      await Promise.all([...partitions.keys()].map((number) => commit(number, 0)));
      await subscription.stop();
    },
  };
}

/**
 * Tries again until the stream can be written: a full disk stops the aggregate only as long as it is full. What
 * was in doubt is published twice, with the same ids. Gives up when stopping: the next start folds it again.
 */
async function patiently(
  publish: () => Promise<void>,
  { timers, log }: AggregateOptions,
  stopping: AbortSignal,
): Promise<void> {
  for (let waitMs = 100; !stopping.aborted; waitMs = Math.min(2 * waitMs, MAX_WAIT_MS)) {
    try {
      await publish();
      return;
    } catch (error) {
      if (!isPassing(error)) throw error;
      log.warn('publish_failed', { error: error.message, retryInMs: waitMs });
      await timers.sleep(waitMs, stopping);
    }
  }
}

function isPassing(error: unknown): error is Error {
  if (error instanceof PartitionLost) return false;
  return error instanceof StreamUnavailable || error instanceof StreamFull;
}

/** Calls `check` again and again until `stopping`. */
async function everyCheck(
  check: () => Promise<void>,
  { timers }: AggregateOptions,
  stopping: AbortSignal,
): Promise<void> {
  while (!stopping.aborted) {
    await timers.sleep(CHECK_MS, stopping);
    await check();
  }
}

/** A tick carries no time, so one too many does no harm. */
async function tick(options: AggregateOptions, partition: number): Promise<void> {
  try {
    await append(options, partition, encodeTick());
  } catch (error) {
    options.log.warn('tick_failed', { partition, error: String(error) });
  }
}

async function append(
  { sink }: AggregateOptions,
  partition: number,
  value: Uint8Array,
): Promise<void> {
  await sink.append([{ topic: 'requests', partition, key: null, value }]);
}

const GROUP = 'aggregate';
const CHECK_MS = 250;
/** A commit of its own is a flush to the disk; all it saves is folding again what had no outputs. */
const COMMIT_AFTER_MS = 1_000;
const MAX_WAIT_MS = 5_000;
