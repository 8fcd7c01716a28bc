import type { Config } from '../config/config.ts';
import type { Clock } from '../model/clock.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';

/** What the roles need from the process that runs them. */
export interface StartOptions {
  clock: Clock;
  log: Log;
  metrics: Metrics;
  version: string;
  /** A role has failed for good: the process had better stop and be started again. */
  onFailed(error: unknown): void;
}

/** The roles of one process, started. */
export interface Running {
  /** Where it listens, such as `http://127.0.0.1:4320`, without a trailing slash. */
  url: string;
  /** Takes no more requests, finishes those in progress, closes everything. May be called twice. */
  stop(): Promise<void>;
}

/** Resolves when it listens; rejects when it cannot run, having closed what it opened. */
export type StartMeshpulse = (config: Config, options: StartOptions) => Promise<Running>;
