import type { RequestIdVariables } from 'hono/request-id';
import type { Authorization } from '../auth/authorize.ts';
import type { Clock, Timers } from '../model/clock.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Views } from '../views/views.ts';

/** What the routes are given. */
export interface ApiOptions {
  /** Null where the role `api` does not run: health and metrics are served, nothing else. */
  views: Views | null;
  /** What this process does, for who asks it for something else; absent: everything. */
  roles?: readonly string[];
  /** Whether the request may use a scope. Where no tokens are configured it allows everything. */
  authorize: (request: Request, scope: 'query') => Authorization;
  metrics: Metrics;
  /** Of Meshpulse. */
  version: string;
  /** What is not ready to be used yet, besides the views; empty when everything is. */
  status: () => readonly NotReady[];
  /** Roles that are ready and have nothing to do, because other processes do it. */
  standby?: () => readonly string[];
  clock: Clock;
  timers: Timers;
  /** Ids of requests that bring none: unique, nothing to guess from. */
  newId: () => string;
  log: Log;
  /** Most event streams served at once; default 200. */
  maxStreams?: number;
}

export interface NotReady {
  /** A role, or a part of one. */
  part: string;
  why: string;
}

/** The options of routes that answer from the views. */
export type QueryOptions = ApiOptions & { views: Views };

export interface ApiEnv {
  Variables: RequestIdVariables;
}
