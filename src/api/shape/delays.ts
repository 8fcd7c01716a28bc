import type { z } from '@hono/zod-openapi';
import type { PartitionState } from '../../model/state.ts';
import type { Delay } from '../../views/partition-watch.ts';
import type { Views } from '../../views/views.ts';
import type { delay, partition } from '../schemas/delay.ts';
import { instantOrNull, reasons } from './basics.ts';

export function delayJson({ partition, reason, ms, lag }: Delay): z.infer<typeof delay> {
  return { partition, reason, seconds: seconds(ms), lag };
}

/** How old a list is. */
export function freshnessJson(views: Views) {
  return { as_of: instantOrNull(views.asOf()), delays: views.delays().map(delayJson) };
}

/** A partition as the views know it. */
export interface Partition {
  number: number;
  /** Null when nothing of it was ever counted. */
  state: PartitionState | null;
  lag: number | null;
  delay: Delay | null;
}

export function partitionJson(
  { number, state, lag, delay }: Partition,
  nowMs: number,
): z.infer<typeof partition> {
  const watermark = state?.watermark ?? null;
  const appendTime = state?.appendTime ?? null;
  return {
    partition: number,
    as_of: instantOrNull(watermark),
    age_seconds: watermark === null ? null : seconds(nowMs - watermark),
    appended_at: instantOrNull(appendTime),
    offset: state?.offset ?? 0,
    lag,
    services: state?.services ?? 0,
    dependencies: state?.dependencies ?? 0,
    delay: delay && delayJson(delay),
    null_reasons: reasons({
      as_of: watermark === null ? 'no_records' : undefined,
      age_seconds: watermark === null ? 'no_records' : undefined,
      appended_at: appendTime === null ? 'no_records' : undefined,
      lag: lag === null ? 'not_known' : undefined,
    }),
  };
}

/** To the tenth. Clocks may differ: never below 0. */
function seconds(ms: number): number {
  return Math.max(0, Math.round(ms / 100) / 10);
}
