import { z } from 'zod';
import type { Alert } from '../model/alert.ts';
import type { Transition, TransitionReason } from '../model/breaker.ts';
import type {
  BreakerStatus,
  DependencyState,
  Exemplar,
  PartitionState,
  ServiceState,
} from '../model/state.ts';
import type { NullReason, WindowStats, Windows } from '../model/windows.ts';

const count = z.number().min(0);
/** What a Date can hold: anything else could not be shown. */
const time = z.number().min(-8.64e15).max(8.64e15);
const counts = z.record(z.string(), count);
const sequence = z.tuple([z.number(), z.number()]);
const states = z.enum(['CLOSED', 'OPEN', 'HALF_OPEN']);
const bases = z.enum(['inferred', 'observed', 'reported']);

/** Any text: a newer aggregate may know a reason that this reader does not, and its record still counts. */
const reasonOf = <T extends string>() => z.string() as unknown as z.ZodType<T>;

const windowStats: z.ZodType<WindowStats> = z.object({
  requests: count,
  successes: count,
  failures: count,
  refused: count,
  excluded: count,
  success_rate: z.number().nullable(),
  p50_latency: z.number().nullable(),
  p90_latency: z.number().nullable(),
  p95_latency: z.number().nullable(),
  p99_latency: z.number().nullable(),
  latency_samples: count,
  reporter: z.enum(['source', 'destination', 'waypoint', 'spans', 'none']),
  null_reasons: z
    .object({
      success_rate: reasonOf<NullReason>().exactOptional(),
      latency: reasonOf<NullReason>().exactOptional(),
    })
    .exactOptional(),
  blind: z.boolean().exactOptional(),
});

const windows: z.ZodType<Windows> = z.object({
  '10s': windowStats,
  '1m': windowStats,
  '5m': windowStats,
  '1h': windowStats,
});

const dependencyState: z.ZodType<DependencyState> = z.object({
  source: z.string().nullable(),
  destination: z.string(),
  firstSeen: time,
  lastSeen: time,
  windows,
});

const scope = {
  basis: bases,
  source: z.string().nullable(),
  destination: z.string(),
  subset: z.string().nullable(),
  rollup: z.boolean(),
};

const breakerStatus: z.ZodType<BreakerStatus> = z.object({
  key: z.string(),
  ...scope,
  state: states,
  since: time.nullable(),
  sequence: sequence.nullable(),
  failureRate: z.number().nullable(),
  calls: count,
  failed: count,
  notPermitted: count,
  nextProbeAt: time.nullable(),
  attempt: count,
  stale: z.boolean(),
});

const exemplar: z.ZodType<Exemplar> = z.object({
  at: time,
  source: z.string().nullable(),
  subset: z.string().nullable(),
  outcome: z.string(),
  reason: z.string(),
  code: z.number(),
  latencyMs: z.number().nullable(),
  requestId: z.string().nullable(),
  traceId: z.string().nullable(),
});

export const serviceState: z.ZodType<ServiceState> = z.object({
  service: z.string().min(1),
  sequence,
  asOf: time,
  firstSeen: time,
  lastSeen: time,
  windows,
  subsets: z.array(z.object({ subset: z.string(), firstSeen: time, lastSeen: time, windows })),
  clusters: z
    .array(z.object({ cluster: z.string(), firstSeen: time, lastSeen: time, windows }))
    .default([]),
  failovers: z
    .array(z.object({ from: z.string(), to: z.string(), beganAt: time, overAt: time }))
    .default([]),
  callers: z.array(dependencyState),
  breakers: z.array(breakerStatus),
  exemplars: z.array(exemplar),
});

export const partitionState: z.ZodType<PartitionState> = z.object({
  partition: count,
  sequence,
  watermark: time.nullable(),
  offset: z.number(),
  appendTime: time.nullable(),
  accounting: z.array(
    z.object({
      provider: z.string(),
      input: z.string(),
      received: count,
      bins: z.object({
        counted: count,
        excluded: count,
        duplicate: count,
        late: count,
        dead_lettered: count,
      }),
      reasons: z.object({ excluded: counts, dead_lettered: counts }),
    }),
  ),
  clampedEnds: count,
  services: count,
  dependencies: count,
  overflowed: count,
  forgottenIds: count.default(0),
  blindUntil: time.nullable(),
});

export const transition: z.ZodType<Transition> = z.object({
  key: z.string().min(1),
  ...scope,
  sequence,
  previous: sequence.nullable(),
  from: states,
  to: states,
  reason: reasonOf<TransitionReason>(),
  at: time,
  observedAt: time,
  failureRate: z.number().nullable(),
  slowRate: z.number().nullable(),
  calls: count,
  failed: count,
  notPermitted: count,
  windowSeconds: count,
  attempt: count,
  nextProbeAt: time.nullable(),
  dependenciesOpen: count.nullable(),
  dependencies: count.nullable(),
  causedBy: z.object({ source: z.string().nullable(), subset: z.string().nullable() }).nullable(),
});

export const alert: z.ZodType<Alert> = z.object({
  key: z.string().min(1),
  sequence,
  rule: reasonOf<Alert['rule']>(),
  status: z.enum(['firing', 'resolved']),
  service: z.string(),
  startsAt: time,
  endsAt: time.nullable(),
  transition,
  opened: transition,
});

/** Reads a record's value; null when it is not JSON of that shape. */
export function readPublished<T>(schema: z.ZodType<T>, value: Uint8Array): T | null {
  try {
    const read = schema.safeParse(JSON.parse(utf8.decode(value)));
    return read.success ? read.data : null;
  } catch {
    return null;
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true });
