/** The rolling windows of event time. */
export const WINDOWS = ['10s', '1m', '5m', '1h'] as const;
export type WindowName = (typeof WINDOWS)[number];

/** Length and step in seconds. A window holds the current step and the full steps before it, as many as fit. */
export const WINDOW_SECONDS: Readonly<Record<WindowName, { length: number; step: number }>> = {
  '10s': { length: 10, step: 1 },
  '1m': { length: 60, step: 1 },
  '5m': { length: 300, step: 10 },
  '1h': { length: 3600, step: 60 },
};

/** Why a number is null. */
export type NullReason = 'no_requests' | 'too_few_requests' | 'no_latencies';

/** Nearest-rank percentiles need this many samples; below it they are null. */
export const MIN_LATENCY_SAMPLES = 100;

/** One window as the API shows it. Latencies in ms, rates as fractions 0–1. */
export interface WindowStats {
  requests: number;
  successes: number;
  failures: number;
  refused: number;
  excluded: number;
  success_rate: number | null;
  p50_latency: number | null;
  p90_latency: number | null;
  p95_latency: number | null;
  p99_latency: number | null;
  /** How many latencies the percentiles stand on. */
  latency_samples: number;
  /** Which view the numbers are: whose proxy, or spans where no logs are. */
  reporter: View;
  /** Why the numbers above are null; absent when none is. */
  null_reasons?: { success_rate?: NullReason; latency?: NullReason };
  /** True when reading was interrupted inside the window (see Time in docs/architecture.md). */
  blind?: boolean;
}

/** A series of one destination: never summed with another. */
export type View = 'source' | 'destination' | 'waypoint' | 'spans' | 'none';

export type Windows = Record<WindowName, WindowStats>;
