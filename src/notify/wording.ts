import type { Alert } from '../model/alert.ts';
import type { BreakerBasis, Transition, TransitionReason } from '../model/breaker.ts';
import { OTHER, UNKNOWN } from '../model/state.ts';

/**
 * One thing worth saying about an alert. Values are raw: a receiver escapes and cuts them by its own rules.
 * A `name` comes from outside, a `time` is ms since the epoch, a `text` is ours.
 */
export type Fact = { label: string; brief: boolean } & (
  | { kind: 'name'; value: string }
  | { kind: 'time'; value: number }
  | { kind: 'text'; value: string }
);

/** The facts of one alert, the most important first, at most ten. `brief` ones belong in a one-line version. */
export function factsOf(alert: Alert): Fact[] {
  return alert.status === 'firing' ? firingFacts(alert) : resolvedFacts(alert);
}

function firingFacts({ service, startsAt, transition }: Alert): Fact[] {
  const { notPermitted, nextProbeAt, slowRate, reason } = transition;
  return present([
    name('Service', service, false),
    ...causeOf(transition),
    text('Failure rate', failureRate(transition), true),
    reason === 'slow_call_rate_exceeded' && slowRate !== null
      ? text('Slow calls', percent(slowRate), true)
      : null,
    text('Refused', count(notPermitted, 'call'), notPermitted > 0),
    time('Open since', startsAt, true),
    nextProbeAt === null ? null : time('Next probe', nextProbeAt, true),
    callersOpen(transition),
    text('Basis', BASIS[transition.basis], false),
  ]);
}

function resolvedFacts({ service, startsAt, endsAt, transition, opened }: Alert): Fact[] {
  return present([
    name('Service', service, false),
    ...causeOf(opened),
    endsAt === null ? null : text('Was open for', duration(endsAt - startsAt), true),
    time('Opened', startsAt, false),
    endsAt === null ? null : time('Closed', endsAt, true),
    text('Times opened', String(Math.max(1, opened.attempt)), false),
    text('When it opened', failureRate(opened), false),
    transition.calls > 0 ? text('When it closed', failureRate(transition), false) : null,
    text('Basis', BASIS[transition.basis], false),
  ]);
}

/** What happened, as one sentence of ours. */
export function sentenceOf({ status, transition: { reason } }: Alert): string {
  return status === 'firing'
    ? (OPENED[reason] ?? 'The circuit breaker opened.')
    : (CLOSED[reason] ?? 'The circuit breaker closed.');
}

export function stateWord(alert: Alert): string {
  return alert.status === 'firing' ? 'open' : 'closed';
}

/** `#/services/<service>` on the page; null without a public address. */
export function linkTo(publicUrl: string | null, service: string): string | null {
  // encodeURIComponent throws on a lone surrogate.
  return publicUrl && `${publicUrl}/#/services/${encodeURIComponent(service.toWellFormed())}`;
}

const BASIS: Readonly<Record<BreakerBasis, string>> = {
  inferred: 'inferred: worked out from the outcomes of the requests seen',
  observed: 'observed: proxies refused requests (Envoy flags UO, UH)',
  reported: "reported: Envoy's outlier detection ejected hosts",
};

const OPENED: Readonly<Partial<Record<TransitionReason, string>>> = {
  failure_rate_exceeded: 'Too many requests failed.',
  slow_call_rate_exceeded: 'Too many requests were slow.',
  probes_failed: 'The probes failed, it opened again.',
  refusals_seen: 'Proxies are refusing requests.',
};

const CLOSED: Readonly<Partial<Record<TransitionReason, string>>> = {
  probes_succeeded: 'The probes succeeded.',
  successes_seen: 'Requests are succeeding again.',
  refusals_stopped: 'Proxies have stopped refusing requests.',
  no_traffic: 'No requests are seen any more; whether it works again is not known.',
};

function causeOf({ causedBy }: Transition): Fact[] {
  return [
    causedBy?.source ? name('Caller', causedBy.source, true) : text('Caller', 'unknown', false),
    causedBy?.subset ? name('Subset', causedBy.subset, true) : text('Subset', 'none known', false),
  ];
}

function callersOpen({ dependenciesOpen, dependencies }: Transition): Fact | null {
  if (dependenciesOpen === null || dependencies === null) return null;
  return text('Callers open', `${dependenciesOpen} of ${dependencies}`, false);
}

function failureRate({ failureRate: rate, failed, calls, windowSeconds }: Transition): string {
  const counts = `${failed} of ${count(calls, 'call')} in ${windowSeconds} s`;
  return rate === null ? `unknown (${counts})` : `${percent(rate)} (${counts})`;
}

function percent(rate: number): string {
  return `${Number((rate * 100).toFixed(1))} %`;
}

function count(n: number, word: string): string {
  return `${n} ${word}${n === 1 ? '' : 's'}`;
}

/** `2 h 5 min`, `2 min 5 s`, `5 s`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const [h, min, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  if (h > 0) return `${h} h ${min} min`;
  return min > 0 ? `${min} min ${s} s` : `${s} s`;
}

/** `2026-01-31 12:34:56 UTC`; `unknown` for what no calendar holds. */
export function utc(ms: number): string {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return 'unknown';
  return `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** Control, format (bidirectional overrides among them) and unpaired surrogate characters become U+FFFD. */
export function printable(value: string): string {
  return value.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, '\u{FFFD}');
}

/** What a service is called in a title or a list; a name from outside is itself. */
export function titleName(service: string): string {
  if (service === UNKNOWN) return 'service not known';
  return service === OTHER ? 'other services' : service;
}

/** False for what stands for no service: it is called in our own words. */
export function isName(name: string): boolean {
  return name !== UNKNOWN && name !== OTHER;
}

function name(label: string, value: string, brief: boolean): Fact {
  if (value === UNKNOWN) return text(label, 'not known: the records do not name it', brief);
  if (value === OTHER) return text(label, 'others, beyond the configured limits', brief);
  return { label, brief, kind: 'name', value };
}

function time(label: string, value: number, brief: boolean): Fact {
  return { label, brief, kind: 'time', value };
}

function text(label: string, value: string, brief: boolean): Fact {
  return { label, brief, kind: 'text', value };
}

function present(facts: (Fact | null)[]): Fact[] {
  return facts.filter((fact) => fact !== null);
}
