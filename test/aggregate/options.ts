import { DEFAULT_BOUNDS } from '../../src/aggregate/directory.ts';
import type { AggregateOptions } from '../../src/aggregate/options.ts';
import { DEFAULT_POLICY } from '../../src/model/policy.ts';
import type { MemoryStream } from '../../src/stream/memory/memory-stream.ts';
import { noLog } from '../../src/telemetry/log.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';
import { manualTimers } from '../api/harness.ts';

/** An aggregate over one stream, with nothing left to chance; a failure fails the test. */
export function optionsOf(stream: MemoryStream, clock: () => number): AggregateOptions {
  return {
    source: stream,
    sink: stream,
    policy: DEFAULT_POLICY,
    bounds: DEFAULT_BOUNDS,
    random: () => 0.5,
    clock,
    timers: manualTimers(),
    metrics: new Metrics(),
    log: noLog,
    onFailed: (error) => {
      throw error;
    },
  };
}
