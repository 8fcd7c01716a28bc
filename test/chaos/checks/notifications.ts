import type { Alert } from '../../../src/model/alert.ts';
import type { Kill } from '../chaos.ts';
import type { Evidence } from '../evidence.ts';
import type { Slack } from '../slack.ts';
import { type Check, check } from './check.ts';
import { readMessage, type ToldItem } from './told.ts';

/** A state of an alert, and when Slack was told of it. */
interface State {
  alert: Alert;
  name: string;
  /** Append time, ms. */
  appendedAt: number;
  arrivals: number[];
  /** Append times of what says that it was told. */
  recorded: number[];
}

/**
 * Promise 4: each state of an incident is told at least once; again only where the server was killed after the
 * message had arrived and before that was recorded. An incident that was over before anybody could be told of it is
 * not told at all.
 */
export function checkNotifications(
  evidence: Evidence,
  slack: Slack,
  kills: readonly Kill[],
): Check {
  const states = statesOf(evidence);
  addRecorded(states, evidence);
  const problems = [...addArrivals(states, slack), ...recordedTooEarly(states)];

  const repeats = states.flatMap((state) => repeatsOf(state, kills));
  for (const { state, at, explained } of repeats) {
    if (!explained)
      problems.push(`${state.name} was told again at ${iso(at)}: no kill explains it`);
  }
  const fates = states.map((state) => ({ state, fate: untold(state, states, kills) }));
  for (const { state, fate } of fates) {
    if (fate === 'missed')
      problems.push(`${state.name} was never told; appended ${iso(state.appendedAt)}`);
  }
  problems.push(...outOfOrder(states));
  if (slack.arrivals.length === 0) problems.push('Slack was told nothing: no breaker tripped');
  const count = (fate: Fate) => fates.filter((each) => each.fate === fate).length;
  return check(
    'promise 4: Slack is told of every state, again only after a kill in mid-send',
    [
      `${states.length} states of ${new Set(states.map(({ alert }) => alert.key)).size} alerts; ${slack.arrivals.length} messages, ${slack.refusals} answered 429`,
      `told ${count('told')}, over before anybody could be told ${count('over')}, followed by the next incident while it was down ${count('superseded')}`,
      `told again ${repeats.length}: the server was killed between sending and recording`,
    ],
    problems,
  );
}

function statesOf(evidence: Evidence): State[] {
  const decoder = new TextDecoder();
  const bySequence = new Map<string, State>();
  for (const { value, time } of evidence.records('alerts')) {
    const alert = JSON.parse(decoder.decode(value!)) as Alert;
    const name = `${alert.key} ${alert.status} (${alert.sequence})`;
    const id = `${alert.key} ${alert.sequence}`;
    if (bySequence.has(id)) continue;
    bySequence.set(id, { alert, name, appendedAt: time, arrivals: [], recorded: [] });
  }
  return [...bySequence.values()];
}

function addArrivals(states: readonly State[], slack: Slack): string[] {
  const problems: string[] = [];
  for (const { at, message } of slack.arrivals) {
    // A message tells of a state once, and what it says most about is found first.
    const told = new Set<State>();
    const items = readMessage(message).sort((a, b) => vagueness(a) - vagueness(b));
    for (const item of items) {
      const state = meant(
        item,
        at,
        states.filter((one) => !told.has(one)),
      );
      if (state === undefined) {
        problems.push(`told at ${iso(at)}, known to nobody: ${JSON.stringify(item)}`);
      } else {
        told.add(state);
        state.arrivals.push(at);
      }
    }
  }
  return problems;
}

const vagueness = ({ second, basis }: ToldItem) =>
  (basis === null ? 1 : 0) + (second === null ? 2 : 0);

/**
 * The state an item tells of. A message of several alerts names no basis and, at its end, no times. Of the states that
 * fit it means one that was not yet known to be told, and rather the newest of its alert than one that is over.
 */
function meant(item: ToldItem, at: number, states: readonly State[]): State | undefined {
  const there = states.filter(({ appendedAt }) => appendedAt <= at);
  const fitting = there.filter(({ alert }) => {
    const { service, status, startsAt, endsAt, transition } = alert;
    const ms = status === 'firing' ? startsAt : endsAt!;
    return (
      service === item.service &&
      status === item.status &&
      (item.second === null || item.second === Math.floor(ms / 1_000)) &&
      (item.lasted === null || item.lasted === Math.round((endsAt! - startsAt) / 1_000)) &&
      (item.basis === null || item.basis === transition.basis)
    );
  });
  const doubts = (state: State) => [
    state.recorded.some((time) => time < at) ? 1 : 0,
    there.findLast(({ alert }) => alert.key === state.alert.key) === state ? 0 : 1,
    state.arrivals.length,
    -state.appendedAt,
  ];
  return fitting.sort((a, b) => {
    const [of, other] = [doubts(a), doubts(b)];
    return of.map((doubt, index) => doubt - other[index]!).find((less) => less !== 0) ?? 0;
  })[0];
}

function addRecorded(states: readonly State[], evidence: Evidence): void {
  const decoder = new TextDecoder();
  for (const { value, time } of evidence.records('notifications')) {
    if (value === null) continue;
    const told = JSON.parse(decoder.decode(value)) as Record<string, unknown>;
    const state = states.find(
      ({ alert }) =>
        alert.key === told.alertKey && String(alert.sequence) === String(told.sequence),
    );
    if (typeof told.sentAt === 'number') state?.recorded.push(time);
  }
}

function recordedTooEarly(states: readonly State[]): string[] {
  return states.flatMap(({ name, recorded, arrivals }) => {
    const early = recorded.filter((time) => !arrivals.some((at) => at <= time));
    return early.map((time) => `${name} is recorded as told at ${iso(time)}; Slack had not got it`);
  });
}

/** Every arrival after the first, and whether a kill came before the one before it was recorded. */
function repeatsOf(state: State, kills: readonly Kill[]) {
  const { arrivals, recorded } = state;
  return arrivals.slice(1).map((at, index) => {
    const before = arrivals[index]!;
    const explained = kills.some(
      ({ from, to }) => before <= to && from <= at && !recorded.some((time) => time <= to),
    );
    return { state, at, explained };
  });
}

type Fate = 'told' | 'over' | 'superseded' | 'missed';

/** Longer than a live notifier needs: half a second to group, a second of pace, Slack's own time, a 429 on the way. */
const ENOUGH_MS = 4_000;

function untold(state: State, states: readonly State[], kills: readonly Kill[]): Fate {
  if (state.arrivals.length > 0) return 'told';
  const { key, startsAt, status } = state.alert;
  const own = states.filter(({ alert }) => alert.key === key);
  const other = own.find(({ alert }) => alert.startsAt === startsAt && alert.status !== status);
  const killedBetween = (from: number, to: number) =>
    kills.some((kill) => kill.to >= from && kill.from <= to);
  if (status === 'firing') {
    if (other === undefined) return 'missed';
    const short = other.appendedAt - state.appendedAt < ENOUGH_MS;
    return short || killedBetween(state.appendedAt, other.appendedAt) ? 'over' : 'missed';
  }
  // Nobody heard of its opening.
  if (other !== undefined && other.arrivals.length === 0) return 'over';
  const next = own.find(
    ({ alert, arrivals }) =>
      alert.startsAt > startsAt && alert.status === 'firing' && arrivals.length > 0,
  );
  const told = next?.arrivals[0];
  if (told === undefined) return 'missed';
  return killedBetween(state.appendedAt, told) ? 'superseded' : 'missed';
}

/** Of one alert, an earlier state must not be told for the first time after a later one. */
function outOfOrder(states: readonly State[]): string[] {
  return [...Map.groupBy(states, ({ alert }) => alert.key).values()].flatMap((own) => {
    const told = own.filter(({ arrivals }) => arrivals.length > 0);
    return told.flatMap((state, index) => {
      const before = told[index - 1];
      if (before === undefined || before.arrivals[0]! <= state.arrivals[0]!) return [];
      return [`${state.name} was told before ${before.name}`];
    });
  });
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
