import type { Outcome } from '../model/outcome.ts';
import { TRAIT } from '../model/request-event.ts';
import { FLAG, type ResponseFlag } from '../model/response-flags.ts';

/** The facts that decide; a request event is one of these. */
export interface Facts {
  code: number;
  grpcStatus: number | null;
  flags: number;
  details: string | null;
  traits: number;
}

export interface Verdict {
  outcome: Outcome;
  reason: Reason;
  /** What a circuit breaker at the caller would have recorded. */
  breaker: 'success' | 'failure' | 'not_permitted' | 'ignored';
  /** Whether the duration is the callee's answer time. */
  latency: boolean;
}

export type Reason = (typeof RULES)[number][0] | 'grpc_status' | 'http_5xx' | 'ok' | 'upgrade';

type Rule = readonly [
  reason: string,
  outcome: Outcome,
  breaker: Verdict['breaker'],
  latency: boolean,
];

const flag = (...names: ResponseFlag[]) => names.reduce((set, name) => set | FLAG[name], 0);

/**
 * Rules that flags, traits and details decide, in order: the first that matches wins. Flags come before codes
 * because on gRPC the proxy's own failures read `200`.
 *
 * See RATIONALE.md for where each line comes from.
 */
const RULES = [
  // Not requests of users.
  ['connection', 'excluded', 'ignored', false],
  ['mirror', 'excluded', 'ignored', false],
  ['health_check', 'excluded', 'ignored', false],
  // The client's doing.
  ['client_abort', 'excluded', 'ignored', false],
  ['client_error', 'excluded', 'ignored', false],
  // Policy said no: neither the service's failure nor its success.
  ['rate_limited', 'excluded', 'ignored', false],
  ['denied', 'excluded', 'ignored', false],
  ['no_route', 'excluded', 'ignored', false],
  // A breaker or overload said no: users failed, the callee was never asked.
  ['overflow', 'refused', 'not_permitted', false],
  ['no_healthy_upstream', 'refused', 'not_permitted', false],
  ['overload', 'refused', 'not_permitted', false],
  // Failures, whatever the code says.
  ['fault_injected', 'failure', 'ignored', false],
  ['timeout', 'failure', 'failure', true],
  ['connection_failure', 'failure', 'failure', true],
  ['connection_termination', 'failure', 'failure', true],
  ['reset', 'failure', 'failure', true],
  ['protocol_error', 'failure', 'failure', true],
  ['dns_failure', 'failure', 'failure', true],
  ['local_health_check', 'failure', 'failure', true],
  ['no_cluster', 'failure', 'ignored', false],
  ['rate_limit_service', 'failure', 'ignored', false],
  ['retries_exhausted', 'failure', 'failure', true],
  ['idle_timeout', 'excluded', 'ignored', false],
  // A span that names no code.
  ['span_error', 'failure', 'failure', true],
  ['no_response', 'failure', 'failure', true],
] as const satisfies readonly Rule[];

type RuleName = (typeof RULES)[number][0];

const MATCHES: Readonly<Record<RuleName, (facts: Facts) => boolean>> = {
  connection: ({ traits }) => (traits & TRAIT.connection) !== 0,
  mirror: ({ traits }) => (traits & TRAIT.mirror) !== 0,
  health_check: ({ traits }) => (traits & TRAIT.healthCheck) !== 0,
  client_abort: ({ flags, code, grpcStatus }) =>
    (flags & flag('DC', 'DR')) !== 0 || code === 499 || grpcStatus === GRPC.cancelled,
  client_error: ({ flags }) => (flags & flag('DPE', 'IH')) !== 0,
  rate_limited: ({ flags }) => (flags & flag('RL')) !== 0,
  denied: ({ flags, details }) =>
    (flags & flag('UAEX')) !== 0 || (details?.startsWith('rbac_access_denied') ?? false),
  no_route: ({ flags }) => (flags & flag('NR')) !== 0,
  overflow: ({ flags }) => (flags & flag('UO')) !== 0,
  no_healthy_upstream: ({ flags }) => (flags & flag('UH')) !== 0,
  overload: ({ flags }) => (flags & flag('DO', 'UDO', 'OM')) !== 0,
  fault_injected: ({ flags }) => (flags & flag('FI')) !== 0,
  timeout: ({ flags, details }) =>
    (flags & flag('UT', 'UMSDR')) !== 0 || details === 'max_duration_timeout',
  connection_failure: ({ flags }) => (flags & flag('UF')) !== 0,
  connection_termination: ({ flags }) => (flags & flag('UC')) !== 0,
  reset: ({ flags }) => (flags & flag('UR', 'LR')) !== 0,
  protocol_error: ({ flags }) => (flags & flag('UPE')) !== 0,
  dns_failure: ({ flags }) => (flags & flag('DF')) !== 0,
  local_health_check: ({ flags }) => (flags & flag('LH')) !== 0,
  no_cluster: ({ flags }) => (flags & flag('NC', 'NFCF')) !== 0,
  rate_limit_service: ({ flags }) => (flags & flag('RLSE')) !== 0,
  retries_exhausted: ({ flags }) => (flags & flag('URX')) !== 0,
  // 408 is the client's silence; a 504 is judged by its code below.
  idle_timeout: ({ flags, code }) => (flags & flag('SI')) !== 0 && code === 408,
  span_error: ({ code, details }) => code === 0 && details === 'span_error',
  no_response: ({ code, details, grpcStatus }) =>
    code === 0 && grpcStatus === null && details !== 'span_ok',
};

const GRPC = { cancelled: 1 } as const;

/** UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS. */
const FAILED_GRPC = new Set([2, 4, 12, 13, 14, 15]);

const VERDICTS = RULES.map(
  ([reason, outcome, breaker, latency]): Verdict => ({ reason, outcome, breaker, latency }),
);
const PREDICATES = RULES.map(([name]) => MATCHES[name]);

const GRPC_FAILURE: Verdict = verdict('grpc_status', 'failure', true);
const HTTP_FAILURE: Verdict = verdict('http_5xx', 'failure', true);
const SUCCESS: Verdict = verdict('ok', 'success', true);
/** An upgraded stream lasts as long as its user likes. */
const UPGRADED: Verdict = verdict('upgrade', 'success', false);
/** A delayed answer is the fault filter's latency, not the service's. */
const DELAYED: Verdict = verdict('ok', 'success', false);

const DECIDING_FLAGS = (2 ** 31 - 1) & ~flag('DT', 'DI', 'RFCF');

/** What one request's facts mean. The same facts always give the same verdict. */
export function classify(facts: Facts): Verdict {
  if (needsRules(facts)) {
    for (let i = 0; i < PREDICATES.length; i++) {
      if (PREDICATES[i]!(facts)) return VERDICTS[i]!;
    }
  }
  if (facts.grpcStatus !== null && FAILED_GRPC.has(facts.grpcStatus)) return GRPC_FAILURE;
  if (facts.code >= 500) return HTTP_FAILURE;
  if ((facts.traits & TRAIT.upgrade) !== 0) return UPGRADED;
  return (facts.flags & FLAG.DI) !== 0 ? DELAYED : SUCCESS;
}

/** False for the common record: a plain answer without flags, traits or telling details. */
function needsRules({ flags, traits, code, grpcStatus, details }: Facts): boolean {
  return (
    (flags & DECIDING_FLAGS) !== 0 ||
    traits !== 0 ||
    code === 0 ||
    code === 499 ||
    grpcStatus === GRPC.cancelled ||
    (details !== null && details !== 'via_upstream')
  );
}

function verdict(reason: Reason, outcome: 'success' | 'failure', latency: boolean): Verdict {
  return { reason, outcome, breaker: outcome, latency };
}
