import type { Alert } from '../../src/model/alert.ts';
import type { Transition } from '../../src/model/breaker.ts';
import type { DeadLetterSample } from '../../src/model/dead-letter.ts';
import type { Told } from '../../src/model/notification.ts';
import type {
  AccountingRow,
  BreakerStatus,
  DependencyState,
  PartitionState,
  ServiceState,
} from '../../src/model/state.ts';
import type { WindowStats, Windows } from '../../src/model/windows.ts';

/** An instant of event time that the samples stand around. */
export const NOW = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

export function windowStats(over: Partial<WindowStats> = {}): WindowStats {
  return {
    requests: 1000,
    successes: 990,
    failures: 8,
    refused: 2,
    excluded: 0,
    success_rate: 0.99,
    p50_latency: 20.7,
    p90_latency: 45.1,
    p95_latency: 101.5,
    p99_latency: 628.2,
    latency_samples: 998,
    reporter: 'source',
    ...over,
  };
}

export const EMPTY: WindowStats = {
  requests: 0,
  successes: 0,
  failures: 0,
  refused: 0,
  excluded: 0,
  success_rate: null,
  p50_latency: null,
  p90_latency: null,
  p95_latency: null,
  p99_latency: null,
  latency_samples: 0,
  reporter: 'none',
  null_reasons: { success_rate: 'no_requests', latency: 'no_requests' },
};

export function windows(over: Partial<Windows> = {}): Windows {
  const all = windowStats();
  return { '10s': all, '1m': all, '5m': all, '1h': all, ...over };
}

export const NO_WINDOWS: Windows = { '10s': EMPTY, '1m': EMPTY, '5m': EMPTY, '1h': EMPTY };

export function dependency(over: Partial<DependencyState> = {}): DependencyState {
  return {
    source: 'frontend.shop',
    destination: 'reviews.shop',
    firstSeen: NOW - 7_200_000,
    lastSeen: NOW - 500,
    windows: windows(),
    ...over,
  };
}

export function breaker(over: Partial<BreakerStatus> = {}): BreakerStatus {
  return {
    key: 'inferred:*:reviews.shop:*',
    basis: 'inferred',
    source: null,
    destination: 'reviews.shop',
    subset: null,
    rollup: true,
    state: 'CLOSED',
    since: null,
    sequence: null,
    failureRate: 0.01,
    calls: 170,
    failed: 2,
    notPermitted: 0,
    nextProbeAt: null,
    attempt: 0,
    stale: false,
    ...over,
  };
}

export function serviceState(over: Partial<ServiceState> = {}): ServiceState {
  return {
    service: 'reviews.shop',
    sequence: [100, 0],
    asOf: NOW,
    firstSeen: NOW - 7_200_000,
    lastSeen: NOW - 500,
    windows: windows(),
    clusters: [
      { cluster: 'east', firstSeen: NOW - 7_200_000, lastSeen: NOW - 500, windows: windows() },
    ],
    failovers: [{ from: 'west', to: 'east', beganAt: NOW - 90_000, overAt: NOW - 86_750 }],
    subsets: [
      { subset: 'v1', firstSeen: NOW - 7_200_000, lastSeen: NOW - 500, windows: windows() },
    ],
    callers: [dependency()],
    breakers: [breaker()],
    exemplars: [
      {
        at: NOW - 900,
        source: 'frontend.shop',
        subset: 'v1',
        outcome: 'failure',
        reason: 'http_5xx',
        code: 503,
        latencyMs: 12.25,
        requestId: '6f9a7c1e-1f0b-4f8d-9b5e-0c8f3f6f2a11',
        traceId: '80f198ee56343ba864fe8b2a57d3eff7',
      },
    ],
    ...over,
  };
}

export function transition(over: Partial<Transition> = {}): Transition {
  return {
    key: 'inferred:*:reviews.shop:*',
    basis: 'inferred',
    source: null,
    destination: 'reviews.shop',
    subset: null,
    rollup: true,
    sequence: [101, 0],
    previous: null,
    from: 'CLOSED',
    to: 'OPEN',
    reason: 'failure_rate_exceeded',
    at: NOW,
    observedAt: NOW + 2100,
    failureRate: 0.62,
    slowRate: null,
    calls: 50,
    failed: 31,
    notPermitted: 0,
    windowSeconds: 10,
    attempt: 1,
    nextProbeAt: NOW + 30_000,
    dependenciesOpen: 1,
    dependencies: 2,
    causedBy: { source: 'frontend.shop', subset: 'v1' },
    ...over,
  };
}

export function alert(over: Partial<Alert> = {}): Alert {
  return {
    key: 'breaker_open/reviews.shop/inferred',
    sequence: [101, 1],
    rule: 'breaker_open',
    status: 'firing',
    service: 'reviews.shop',
    startsAt: NOW,
    endsAt: null,
    transition: transition(),
    opened: transition(),
    ...over,
  };
}

export function notification(over: Partial<Told> = {}): Told {
  return {
    alertKey: 'breaker_open/reviews.shop/inferred',
    status: 'firing',
    sequence: [101, 1],
    receiver: 'slack',
    startsAt: NOW,
    sentAt: NOW + 2700,
    attempts: 1,
    reason: 'first_notification',
    ...over,
  };
}

export function accountingRow(over: Partial<AccountingRow> = {}): AccountingRow {
  return {
    provider: 'mesh-a',
    input: 'otlp_logs',
    received: 1010,
    bins: { counted: 998, excluded: 5, duplicate: 3, late: 1, dead_lettered: 3 },
    reasons: { excluded: { client_abort: 5 }, dead_lettered: { wrong_field_count: 3 } },
    ...over,
  };
}

export function partitionState(over: Partial<PartitionState> = {}): PartitionState {
  return {
    partition: 0,
    sequence: [101, 2],
    watermark: NOW,
    offset: 102,
    appendTime: NOW + 2000,
    accounting: [accountingRow()],
    clampedEnds: 0,
    services: 1,
    dependencies: 1,
    overflowed: 0,
    forgottenIds: 0,
    blindUntil: null,
    ...over,
  };
}

export function deadLetter(over: Partial<DeadLetterSample> = {}): DeadLetterSample {
  return {
    reason: 'wrong_field_count',
    provider: 'mesh-a',
    input: 'access_logs',
    sample: '[2026-01-02T03:04:05.678Z] "GET /',
    receivedAt: NOW,
    ...over,
  };
}
