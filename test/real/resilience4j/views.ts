import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { InferredBreaker } from '../../../src/aggregate/breaker/inferred.ts';
import type { Change } from '../../../src/aggregate/breaker/machine.ts';
import type { Sequence } from './sequence.ts';

/** What a breaker was after a call. Rates are percent, as precise as resilience4j's; null: too few calls. */
export interface View {
  state: string;
  failurePercent: number | null;
  slowPercent: number | null;
  calls: number;
  failed: number;
  notPermitted: number;
  /** `from>to`, for the opening of a closed breaker with the threshold that was exceeded. */
  transitions: readonly string[];
}

/** Our breaker after every call, with a watermark that does not lag. */
export function ourViews({ policy, calls }: Sequence): View[] {
  const breaker = new InferredBreaker(policy);
  return calls.map((call) => {
    const changes = [breaker.passed(call.endUs), breaker.record(call)];
    const { failureRate, slowRate, calls, failed, notPermitted } = breaker.figures();
    return {
      state: breaker.state,
      failurePercent: toPercent(failureRate),
      slowPercent: toPercent(slowRate),
      calls,
      failed,
      notPermitted,
      transitions: changes.flatMap((change) => (change === null ? [] : named(change))),
    };
  });
}

/** resilience4j's breaker after every call, for each sequence. */
export async function theirViews(
  launcher: string,
  sequences: readonly Sequence[],
): Promise<View[][]> {
  const java = spawn(launcher, [join(import.meta.dirname, 'Harness.java')]);
  const ended = once(java, 'close');
  const answer = text(java.stdout);
  const complaints = text(java.stderr);
  // A Java that died is told of below, by its status and its own words.
  java.stdin.on('error', () => {});
  java.stdin.end(sequences.map(written).join(''));
  const [status] = await ended;
  if (status !== 0) throw new Error(`Java ended with ${status}: ${await complaints}`);
  const lines = (await answer).split('\n');
  let at = 0;
  return sequences.map(({ calls }) => calls.map(() => read(lines[at++]!)));
}

/** As our changes are named; what resilience4j says of both thresholds is the failures' where both are exceeded. */
function named({ from, to, reason }: Change): string {
  const exceeded = { failure_rate_exceeded: '+failure', slow_call_rate_exceeded: '+slow' };
  return `${from}>${to}${from === 'CLOSED' ? exceeded[reason as keyof typeof exceeded] : ''}`;
}

function toPercent(rate: number | null): number | null {
  return rate === null ? null : Math.fround(rate * 100);
}

function written({ startUs, policy, failurePercent, slowPercent, calls }: Sequence): string {
  const { slowCallDurationMs: slowMs, waitSeconds, maxWaitSeconds } = policy;
  const breaker = [
    'breaker',
    startUs,
    policy.slidingWindowSeconds,
    policy.minimumNumberOfCalls,
    failurePercent,
    slowMs === null ? 'off' : slowMs * 1_000,
    slowPercent,
    Math.round(waitSeconds * 1_000),
    Math.round(maxWaitSeconds * 1_000),
    policy.permittedCallsInHalfOpen,
  ];
  const lines = calls.map(
    ({ result, endUs, durationUs }) => `${result} ${endUs} ${durationUs ?? 0}\n`,
  );
  return `${breaker.join(' ')}\n${lines.join('')}`;
}

function read(line: string): View {
  const [state, failure, slow, calls, failed, , notPermitted, transitions] = line.split(' ');
  return {
    state: state!,
    failurePercent: failure === '-1.0' ? null : Math.fround(Number(failure)),
    slowPercent: slow === '-1.0' ? null : Math.fround(Number(slow)),
    calls: Number(calls),
    failed: Number(failed),
    notPermitted: Number(notPermitted),
    transitions:
      transitions === '-' ? [] : transitions!.replaceAll('+failure+slow', '+failure').split(','),
  };
}
