import { encodePolicy, encodeTick } from '../packed/codec.ts';
import { StreamUnavailable } from '../stream/errors.ts';
import type { AggregateOptions } from './options.ts';
import { PartitionRunner } from './partition-runner.ts';

export interface Aggregate {
  /** True once a partition is assigned and re-read up to its committed offset. */
  ready(): boolean;
  stop(): Promise<void>;
}

/**
 * The aggregate role: reads `requests`, publishes what the fold returns, commits, and appends a tick when the
 * stream is silent and something waits for time.
 */
export async function startAggregate(options: AggregateOptions): Promise<Aggregate> {
  const { source, log } = options;
  const partitions = new Map<number, PartitionRunner>();
  const stopping = new AbortController();

  const subscription = await source.subscribe('requests', GROUP, {
    async assigned(number, committed) {
      const partition = new PartitionRunner(number, options);
      const from = await partition.recover(committed);
      partitions.set(number, partition);
      log.info('partition_assigned', { partition: number, committed, from });
      if (partition.wantsPolicy()) {
        const value = encodePolicy(options.policy);
        await patiently(() => append(options, number, value), options, stopping.signal);
      }
      return from;
    },
    async records(number, records, atEnd) {
      const outputs = partitions.get(number)!.fold(records, atEnd);
      const next = records.at(-1)!.offset + 1;
      await patiently(() => subscription.publish(number, outputs, next), options, stopping.signal);
    },
    async revoked(number) {
      partitions.delete(number);
      log.info('partition_revoked', { partition: number });
    },
    failed: options.onFailed,
  });
  const ticking = tick(partitions, options, stopping.signal);

  return {
    ready: () => partitions.size > 0,
    async stop() {
      stopping.abort();
      await ticking;
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
      if (!(error instanceof StreamUnavailable)) throw error;
      log.warn('publish_failed', { error: error.message, retryInMs: waitMs });
      await timers.sleep(waitMs, stopping);
    }
  }
}

/** Appends ticks until `stopping`. A tick carries no time, so one too many does no harm. */
async function tick(
  partitions: ReadonlyMap<number, PartitionRunner>,
  options: AggregateOptions,
  stopping: AbortSignal,
): Promise<void> {
  const { clock, timers, log } = options;
  while (!stopping.aborted) {
    await timers.sleep(TICK_CHECK_MS, stopping);
    for (const [number, partition] of partitions) {
      if (stopping.aborted || !partition.wantsTick(clock())) continue;
      try {
        await append(options, number, encodeTick());
      } catch (error) {
        log.warn('tick_failed', { partition: number, error: String(error) });
      }
    }
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
const TICK_CHECK_MS = 250;
const MAX_WAIT_MS = 5_000;
