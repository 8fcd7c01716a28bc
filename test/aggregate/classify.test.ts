import { describe, expect, test } from 'vitest';
import { classify, type Facts } from '../../src/aggregate/classify.ts';
import { TRAIT } from '../../src/model/request-event.ts';
import { parseFlags } from '../../src/model/response-flags.ts';

interface Line extends Partial<Omit<Facts, 'flags'>> {
  flags?: string;
}

const facts = ({ flags = '-', ...rest }: Line): Facts => ({
  code: 200,
  grpcStatus: null,
  details: null,
  traits: 0,
  ...rest,
  flags: parseFlags(flags),
});

/** What the record says → outcome, reason, what a breaker hears, whether the duration is a latency. */
const TABLE: [what: string, line: Line, verdict: string][] = [
  ['a plain answer', {}, 'success ok success latency'],
  ['the caller asked for what is not there', { code: 404 }, 'success ok success latency'],
  [
    'the application failed',
    { code: 503, details: 'via_upstream' },
    'failure http_5xx failure latency',
  ],
  ['the pool was full', { code: 503, flags: 'UO' }, 'refused overflow not_permitted -'],
  [
    'the pool was full, on gRPC',
    { code: 200, grpcStatus: 14, flags: 'UO' },
    'refused overflow not_permitted -',
  ],
  [
    'every host was ejected',
    { code: 503, flags: 'UH' },
    'refused no_healthy_upstream not_permitted -',
  ],
  ['overload shed it', { code: 503, flags: 'DO' }, 'refused overload not_permitted -'],
  ['Envoy itself was overloaded', { code: 503, flags: 'OM' }, 'refused overload not_permitted -'],
  [
    'no connection after retries',
    { code: 503, flags: 'URX,UF' },
    'failure connection_failure failure latency',
  ],
  [
    'flags in the other order',
    { code: 503, flags: 'UF,URX' },
    'failure connection_failure failure latency',
  ],
  [
    'the upstream hung up',
    { code: 503, flags: 'UC' },
    'failure connection_termination failure latency',
  ],
  [
    'a bad answer that reads 200',
    { code: 200, flags: 'UPE' },
    'failure protocol_error failure latency',
  ],
  ['the route timed out', { code: 504, flags: 'UT' }, 'failure timeout failure latency'],
  [
    'the stream lasted too long',
    { code: 504, details: 'max_duration_timeout' },
    'failure timeout failure latency',
  ],
  [
    'gRPC timed out in a 200',
    { code: 200, flags: 'UT', grpcStatus: 4 },
    'failure timeout failure latency',
  ],
  ['the client went away', { code: 0, flags: 'DC' }, 'excluded client_abort ignored -'],
  ['the client reset its stream', { code: 0, flags: 'DR' }, 'excluded client_abort ignored -'],
  ['a client gone before its timeout', { code: 499 }, 'excluded client_abort ignored -'],
  ['gRPC cancelled', { grpcStatus: 1 }, 'excluded client_abort ignored -'],
  ['a broken request', { code: 400, flags: 'DPE' }, 'excluded client_error ignored -'],
  ['rate limited by the proxy', { code: 429, flags: 'RL' }, 'excluded rate_limited ignored -'],
  ['the application limits rates itself', { code: 429 }, 'success ok success latency'],
  ['denied by an authorizer', { code: 403, flags: 'UAEX' }, 'excluded denied ignored -'],
  [
    'denied by AuthorizationPolicy',
    { code: 403, details: 'rbac_access_denied_matched_policy[none]' },
    'excluded denied ignored -',
  ],
  ['no route', { code: 404, flags: 'NR' }, 'excluded no_route ignored -'],
  ['no such cluster', { code: 503, flags: 'NC' }, 'failure no_cluster ignored -'],
  ['an injected abort', { code: 500, flags: 'FI' }, 'failure fault_injected ignored -'],
  ['an injected delay', { code: 200, flags: 'DI' }, 'success ok success -'],
  [
    'an injected delay before a failure',
    { code: 500, flags: 'DI' },
    'failure http_5xx failure latency',
  ],
  ['the client fell silent', { code: 408, flags: 'SI' }, 'excluded idle_timeout ignored -'],
  ['the upstream fell silent', { code: 504, flags: 'SI' }, 'failure http_5xx failure latency'],
  ['the connection had its day', { code: 200, flags: 'DT' }, 'success ok success latency'],
  ['served from cache', { code: 200, flags: 'RFCF' }, 'success ok success latency'],
  ['no answer and no reason', { code: 0 }, 'failure no_response failure latency'],
  ['gRPC OK', { grpcStatus: 0 }, 'success ok success latency'],
  ['gRPC NOT_FOUND', { grpcStatus: 5 }, 'success ok success latency'],
  ['gRPC INTERNAL in a 200', { grpcStatus: 13 }, 'failure grpc_status failure latency'],
  ['gRPC PERMISSION_DENIED', { grpcStatus: 7 }, 'success ok success latency'],
  [
    'a span with an error and no code',
    { code: 0, details: 'span_error' },
    'failure span_error failure latency',
  ],
  ['a span without error or code', { code: 0, details: 'span_ok' }, 'success ok success latency'],
  ['a TCP connection', { code: 0, traits: TRAIT.connection }, 'excluded connection ignored -'],
  [
    'a failed TCP connection',
    { code: 0, traits: TRAIT.connection, flags: 'UF,URX' },
    'excluded connection ignored -',
  ],
  ['a mirrored copy that failed', { code: 500, traits: TRAIT.mirror }, 'excluded mirror ignored -'],
  ['a prober', { code: 503, traits: TRAIT.healthCheck }, 'excluded health_check ignored -'],
  ['an upgraded stream', { code: 101, traits: TRAIT.upgrade }, 'success upgrade success -'],
  ['a flag of a newer Envoy', { code: 200, flags: 'XYZ' }, 'success ok success latency'],
];

describe('facts to verdicts', () => {
  test.each(TABLE)('%s', (_, line, expected) => {
    const { outcome, reason, breaker, latency } = classify(facts(line));
    expect(`${outcome} ${reason} ${breaker} ${latency ? 'latency' : '-'}`).toBe(expected);
  });
});
