import type { Clock, Timers } from '../model/clock.ts';
import type { Policy } from '../model/policy.ts';
import type { RecordSink } from '../stream/sink.ts';
import type { RecordSource } from '../stream/source.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Bounds } from './directory.ts';

export interface AggregateOptions {
  source: RecordSource;
  sink: RecordSink;
  policy: Policy;
  bounds: Bounds;
  /** 0 up to, not including, 1; unpredictable from outside. */
  random: () => number;
  clock: Clock;
  timers: Timers;
  metrics: Metrics;
  log: Log;
  /** Reading or publishing has failed for good. */
  onFailed: (error: unknown) => void;
}
