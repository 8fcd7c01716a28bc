import type { z } from '@hono/zod-openapi';
import type { Alert } from '../model/alert.ts';
import type { Transition } from '../model/breaker.ts';
import type { BreakerStatus, DependencyState, ServiceState } from '../model/state.ts';
import type { WindowStats, Windows } from '../model/windows.ts';
import type { Delay } from '../views/partition-watch.ts';
import type { alertList } from './schemas/alert.ts';
import type { breakerList, transitionList } from './schemas/breaker.ts';
import type { deadLetterList } from './schemas/dead-letter.ts';
import type { partitionList } from './schemas/delay.ts';
import type { dependencyList } from './schemas/dependency.ts';
import type { service, serviceList } from './schemas/service.ts';
import { alertJson } from './shape/alerts.ts';
import { instant } from './shape/basics.ts';
import { breakerJson, transitionJson } from './shape/breakers.ts';
import { delayJson, partitionJson } from './shape/delays.ts';
import { dependencyJson } from './shape/dependencies.ts';
import {
  clusterJson,
  exemplarJson,
  failoverJson,
  subsetJson,
  summaryJson,
} from './shape/services.ts';

/** The answers shown in the document: one bad minute of a service, made by the code that makes the real ones. */
const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);

function stats(requests: number, failures: number): WindowStats {
  return {
    requests,
    successes: requests - failures,
    failures,
    refused: 0,
    excluded: 0,
    success_rate: (requests - failures) / requests,
    p50_latency: 20.7,
    p90_latency: 45.1,
    p95_latency: 499.6,
    p99_latency: 627.9,
    latency_samples: requests,
    reporter: 'source',
  };
}

const tooFew: WindowStats = {
  ...stats(50, 31),
  p50_latency: null,
  p90_latency: null,
  p95_latency: null,
  p99_latency: null,
  null_reasons: { latency: 'too_few_requests' },
};
const windows: Windows = {
  '10s': tooFew,
  '1m': stats(300, 45),
  '5m': stats(1500, 106),
  '1h': stats(18_000, 931),
};

const opened: Transition = {
  key: 'inferred:*:reviews.shop:*',
  basis: 'inferred',
  source: null,
  destination: 'reviews.shop',
  subset: null,
  rollup: true,
  sequence: [48_211, 3],
  previous: null,
  from: 'CLOSED',
  to: 'OPEN',
  reason: 'failure_rate_exceeded',
  at: NOW - 4000,
  observedAt: NOW - 1900,
  failureRate: 0.62,
  slowRate: null,
  calls: 50,
  failed: 31,
  notPermitted: 0,
  windowSeconds: 10,
  attempt: 1,
  nextProbeAt: NOW + 26_000,
  dependenciesOpen: 1,
  dependencies: 1,
  causedBy: { source: 'frontend.shop', subset: 'v2' },
};

const rollup: BreakerStatus = {
  key: opened.key,
  basis: 'inferred',
  source: null,
  destination: 'reviews.shop',
  subset: null,
  rollup: true,
  state: 'OPEN',
  since: opened.at,
  sequence: opened.sequence,
  failureRate: 0.62,
  calls: 50,
  failed: 31,
  notPermitted: 0,
  nextProbeAt: opened.nextProbeAt,
  attempt: 1,
  stale: false,
};

const caller: DependencyState = {
  source: 'frontend.shop',
  destination: 'reviews.shop',
  firstSeen: NOW - 7_200_000,
  lastSeen: NOW - 120,
  windows,
};

const state: ServiceState = {
  service: 'reviews.shop',
  sequence: [48_230, 0],
  asOf: NOW,
  firstSeen: NOW - 7_200_000,
  lastSeen: NOW - 120,
  windows,
  subsets: [{ subset: 'v2', firstSeen: NOW - 3_600_000, lastSeen: NOW - 120, windows }],
  clusters: [{ cluster: 'us-east-1', firstSeen: NOW - 3_600_000, lastSeen: NOW - 120, windows }],
  failovers: [
    { from: 'eu-west-2', to: 'us-east-1', beganAt: NOW - 1_804_210, overAt: NOW - 1_800_900 },
  ],
  callers: [caller],
  breakers: [rollup],
  exemplars: [
    {
      at: NOW - 900,
      source: 'frontend.shop',
      subset: 'v2',
      outcome: 'failure',
      reason: 'http_5xx',
      code: 503,
      latencyMs: 12.25,
      requestId: '6f9a7c1e-1f0b-4f8d-9b5e-0c8f3f6f2a11',
      traceId: '5b8aa5a2d2c872e8321cf37308d69df2',
    },
  ],
};

const perDependency: BreakerStatus = {
  ...rollup,
  key: 'inferred:frontend.shop:reviews.shop:v2',
  source: 'frontend.shop',
  subset: 'v2',
  rollup: false,
  sequence: [48_211, 2],
};

const alert: Alert = {
  key: 'breaker_open/reviews.shop/inferred',
  sequence: [48_211, 4],
  rule: 'breaker_open',
  status: 'firing',
  service: 'reviews.shop',
  startsAt: opened.at,
  endsAt: null,
  transition: opened,
  opened,
};

const breakers = [
  { status: rollup, last: opened },
  { status: perDependency, last: { ...opened, ...perDependency, sequence: [48_211, 2] as const } },
];
const as_of = instant(NOW);
const fresh = { as_of, delays: [] };
const summary = summaryJson(state, breakers, null);
const dependency = dependencyJson(caller, state, breakers);

export const SERVICE_LIST: z.infer<typeof serviceList> = {
  ...fresh,
  services: [summary],
  next_cursor: null,
};

export const SERVICE: z.infer<typeof service> = {
  ...summary,
  breakers: breakers.map(breakerJson),
  subsets: state.subsets.map(subsetJson),
  clusters: state.clusters.map(clusterJson),
  failovers: state.failovers.map(failoverJson),
  callers: [dependency],
  callees: [],
  exemplars: state.exemplars.map(exemplarJson),
};

export const DEPENDENCY_LIST: z.infer<typeof dependencyList> = {
  ...fresh,
  dependencies: [dependency],
  next_cursor: null,
};

export const BREAKER_LIST: z.infer<typeof breakerList> = {
  ...fresh,
  breakers: breakers.map(breakerJson),
  next_cursor: null,
};

export const TRANSITION_LIST: z.infer<typeof transitionList> = {
  ...fresh,
  key: opened.key,
  transitions: [transitionJson(opened)],
  next_cursor: null,
};

export const ALERT_LIST: z.infer<typeof alertList> = {
  ...fresh,
  alerts: [
    alertJson(
      alert,
      [
        {
          alertKey: alert.key,
          status: 'firing',
          sequence: alert.sequence,
          receiver: 'slack',
          startsAt: alert.startsAt,
          sentAt: NOW - 1200,
          attempts: 1,
          reason: 'first_notification',
        },
      ],
      null,
    ),
  ],
};

const late: Delay = { partition: 3, reason: 'not_read', ms: 12_300, lag: 240 };

export const PARTITION_LIST: z.infer<typeof partitionList> = {
  as_of,
  delays: [delayJson(late)],
  partitions: [
    partitionJson(
      {
        number: 3,
        state: {
          partition: 3,
          sequence: [48_230, 1],
          watermark: NOW,
          offset: 48_231,
          appendTime: NOW + 2_000,
          accounting: [],
          clampedEnds: 0,
          services: 1,
          dependencies: 1,
          overflowed: 0,
          forgottenIds: 0,
          blindUntil: null,
        },
        lag: late.lag,
        delay: late,
      },
      NOW + 14_300,
    ),
  ],
};

export const DEAD_LETTER_LIST: z.infer<typeof deadLetterList> = {
  dead_letters: [
    {
      received_at: as_of,
      provider: 'mesh-a',
      input: 'access_logs',
      reason: 'wrong_field_count',
      sample: '[2026-01-02T03:04:05.000Z] "GET /reviews/1',
    },
  ],
};

export const STREAM = [
  'retry: 2000',
  'event: snapshot',
  'id: 48230-0',
  'data: {"as_of":"2026-01-02T03:04:05.000Z","delays":[],"dropped":0,"services":[…],"alerts":[…]}',
  '',
  'event: transition',
  'id: 48290-1',
  'data: {"key":"inferred:*:reviews.shop:*","from":"OPEN","to":"HALF_OPEN","reason":"wait_elapsed",…}',
  '',
  '',
].join('\n');

export const METRICS = [
  '# HELP meshpulse_events_counted_total Records that were judged and are in the windows.',
  '# TYPE meshpulse_events_counted_total counter',
  'meshpulse_events_counted_total{provider="mesh-a",input="otlp_logs"} 18000',
  "# HELP meshpulse_breaker_state A service's circuit breaker: 0 closed, 1 open, 2 half-open.",
  '# TYPE meshpulse_breaker_state gauge',
  'meshpulse_breaker_state{service="reviews.shop",basis="inferred"} 1',
  '',
].join('\n');
