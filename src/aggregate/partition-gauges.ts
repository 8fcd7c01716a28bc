import type { Clock } from '../model/clock.ts';
import type { Metrics } from '../telemetry/metrics.ts';

/** How far one partition is folded. Times are ms since the epoch. */
export interface Progress {
  /** Records that wait; null when that is not known. */
  lag: number | null;
  watermark: number | null;
  /** Append time of the last folded record. */
  appendTime: number | null;
}

/** What `/metrics` says of the partitions that are ours; what is not known has no sample. */
export class PartitionGauges {
  readonly #clock: Clock;
  readonly #gauges;

  constructor(metrics: Metrics, clock: Clock) {
    this.#clock = clock;
    this.#gauges = [
      metrics.gauge(
        'meshpulse_aggregate_lag_records',
        'Records of a partition that this process has and has not folded yet.',
      ),
      metrics.gauge(
        'meshpulse_aggregate_watermark_seconds',
        'Event time up to which this process has folded a partition, since the epoch.',
      ),
      metrics.gauge(
        'meshpulse_aggregate_watermark_age_seconds',
        'How old that is. Of a silent partition it grows to a minute, and without services for ever.',
      ),
      metrics.gauge(
        'meshpulse_aggregate_record_age_seconds',
        'How long ago the last record that this process has folded was appended.',
      ),
    ];
  }

  set(partition: number, { lag, watermark, appendTime }: Progress): void {
    const nowMs = this.#clock();
    const seconds = (ms: number | null) => (ms === null ? null : ms / 1000);
    const age = (ms: number | null) => (ms === null ? null : Math.max(0, nowMs - ms));
    const values = [lag, seconds(watermark), seconds(age(watermark)), seconds(age(appendTime))];
    const labels = { partition: String(partition) };
    for (const [i, gauge] of this.#gauges.entries()) {
      const value = values[i]!;
      if (value === null) gauge.remove(labels);
      else gauge.set(labels, value);
    }
  }

  /** It is no longer ours. */
  remove(partition: number): void {
    for (const gauge of this.#gauges) gauge.remove({ partition: String(partition) });
  }
}
