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

/** One notification that was sent, as the `notifications` topic holds it. Times are ms since the epoch. */
export interface SentNotification {
  key: string;
  alertKey: string;
  status: 'firing' | 'resolved';
  sequence: readonly [number, number];
  receiver: string;
  sentAt: number;
  attempts: number;
}

/** One record that could not be read, as the `dead-letters` topic holds it. `receivedAt` is ms since the epoch. */
export interface DeadLetterSample {
  reason: string;
  provider: string;
  input: string;
  /** The record's first bytes as text. */
  sample: string;
  receivedAt: number;
}

const count = z.number().min(0);
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
  windows,
  lastSeen: z.number(),
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
  since: z.number().nullable(),
  sequence: sequence.nullable(),
  failureRate: z.number().nullable(),
  calls: count,
  failed: count,
  notPermitted: count,
  nextProbeAt: z.number().nullable(),
  attempt: count,
  stale: z.boolean(),
});

const exemplar: z.ZodType<Exemplar> = z.object({
  at: z.number(),
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
  asOf: z.number(),
  firstSeen: z.number(),
  lastSeen: z.number(),
  windows,
  subsets: z.array(z.object({ subset: z.string(), windows })),
  callers: z.array(dependencyState),
  breakers: z.array(breakerStatus),
  exemplars: z.array(exemplar),
});

export const partitionState: z.ZodType<PartitionState> = z.object({
  partition: count,
  sequence,
  watermark: z.number().nullable(),
  offset: z.number(),
  appendTime: z.number().nullable(),
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
  blindUntil: z.number().nullable(),
});

export const transition: z.ZodType<Transition> = z.object({
  key: z.string().min(1),
  ...scope,
  sequence,
  previous: sequence.nullable(),
  from: states,
  to: states,
  reason: reasonOf<TransitionReason>(),
  at: z.number(),
  observedAt: z.number(),
  failureRate: z.number().nullable(),
  slowRate: z.number().nullable(),
  calls: count,
  failed: count,
  notPermitted: count,
  windowSeconds: count,
  attempt: count,
  nextProbeAt: z.number().nullable(),
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
  startsAt: z.number(),
  endsAt: z.number().nullable(),
  transition,
  opened: transition,
});

export const sentNotification: z.ZodType<SentNotification> = z.object({
  key: z.string().min(1),
  alertKey: z.string().min(1),
  status: z.enum(['firing', 'resolved']),
  sequence,
  receiver: z.string(),
  sentAt: z.number(),
  attempts: count,
});

export const deadLetterSample: z.ZodType<DeadLetterSample> = z.object({
  reason: z.string(),
  provider: z.string(),
  input: z.string(),
  sample: z.string(),
  receivedAt: z.number(),
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
