import type { Alert } from '../../../src/model/alert.ts';
import type { Evidence } from '../evidence.ts';
import type { Life } from '../lives.ts';
import type { Slack } from '../slack.ts';
import { readMessage, type ToldItem } from './told.ts';

/** A state of an alert, and when Slack was told of it. Times are ms since the epoch. */
export interface State {
  alert: Alert;
  name: string;
  appendedAt: number;
  /** Messages that told of it, in order. */
  told: Message[];
  /** Append times of what says that it was told. */
  recorded: number[];
}

export interface Message {
  at: number;
  /** Which life of the server sent it. */
  life: number;
  states: State[];
}

/** Reading what the dead one had still sent takes a moment; the next one needs much longer to send anything. */
const IN_FLIGHT_MS = 100;

/** What the stream says of alerts, put together with what Slack has heard. */
export function toldStates(evidence: Evidence, slack: Slack, lives: readonly Life[]) {
  const states = statesOf(evidence);
  const unknown: string[] = [];
  const messages = slack.arrivals.map(({ at, message }): Message => {
    const ended = ({ kill }: Life) => kill !== null && kill.to + IN_FLIGHT_MS < at;
    const one: Message = { at, life: lives.findLastIndex(ended) + 1, states: [] };
    // A message tells of a state once, and what it says most about is found first.
    for (const item of readMessage(message).sort((a, b) => vagueness(a) - vagueness(b))) {
      const open = states.filter((state) => !one.states.includes(state));
      const state = meant(item, at, open);
      if (state === undefined) unknown.push(`at ${iso(at)}: ${JSON.stringify(item)}`);
      else one.states.push(state);
    }
    for (const state of one.states) state.told.push(one);
    return one;
  });
  return { states, messages, unknown };
}

function statesOf(evidence: Evidence): State[] {
  const bySequence = new Map<string, State>();
  for (const { value, time } of evidence.records('alerts')) {
    if (value === null) continue;
    const alert = parsed<Alert>(value);
    const name = `${alert.key} ${alert.status} (${alert.sequence})`;
    const id = `${alert.key} ${alert.sequence}`;
    if (bySequence.has(id)) continue;
    bySequence.set(id, { alert, name, appendedAt: time, told: [], recorded: [] });
  }
  const states = [...bySequence.values()];
  for (const { value, time } of evidence.records('notifications')) {
    if (value === null) continue;
    const { alertKey, sequence, sentAt } = parsed<Record<string, unknown>>(value);
    if (typeof sentAt !== 'number') continue;
    states
      .find(({ alert }) => alert.key === alertKey && `${alert.sequence}` === `${sequence}`)
      ?.recorded.push(time);
  }
  return states;
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
    state.told.length,
    -state.appendedAt,
  ];
  return fitting.sort((a, b) => {
    const [of, other] = [doubts(a), doubts(b)];
    return of.map((doubt, index) => doubt - other[index]!).find((less) => less !== 0) ?? 0;
  })[0];
}

const decoder = new TextDecoder();
const parsed = <T>(value: Uint8Array) => JSON.parse(decoder.decode(value)) as T;

export function iso(ms: number): string {
  return new Date(ms).toISOString();
}
