import type { Alert } from '../../../src/model/alert.ts';
import type { Records } from '../evidence.ts';
import type { Arrival } from '../slack.ts';
import { readMessage, sayingsOf, type ToldItem } from './told.ts';

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
  /** Which life of a notifier sent it. */
  life: number;
  states: State[];
}

/** What the stream says of alerts, put together with what Slack has heard. */
export function toldStates(
  evidence: Records,
  {
    arrivals,
    url,
    lifeOf,
  }: { arrivals: readonly Arrival[]; url: string; lifeOf: (arrival: Arrival) => number },
) {
  const states = statesOf(evidence);
  const bySaying = Map.groupBy(
    states.flatMap((state) => sayingsOf(state.alert, url).map((says) => ({ says, state }))),
    ({ says }) => says,
  );
  const unknown: string[] = [];
  const messages = arrivals.map((arrival): Message => {
    const { at, message } = arrival;
    const one: Message = { at, life: lifeOf(arrival), states: [] };
    for (const item of readMessage(message)) {
      const fitting =
        item.says === null
          ? states.filter((state) => fits(item, state))
          : (bySaying.get(item.says) ?? []).map(({ state }) => state);
      const state = meant(fitting, at, one);
      if (state === undefined) unknown.push(`at ${iso(at)}: ${JSON.stringify(item)}`);
      else one.states.push(state);
    }
    for (const state of one.states) state.told.push(one);
    return one;
  });
  return { states, messages, unknown };
}

function statesOf(evidence: Records): State[] {
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

function fits(item: ToldItem, { alert }: State): boolean {
  return alert.service === item.service && alert.status === item.status;
}

/**
 * The state that is meant where several fit, as at the end of a long message: one that was recorded as told soon
 * after, else one that never was, and rather a newer one.
 */
function meant(fitting: readonly State[], at: number, { states }: Message): State | undefined {
  const open = fitting.filter((state) => state.appendedAt <= at && !states.includes(state));
  const recordedAfter = ({ recorded }: State) => recorded.find((time) => time >= at) ?? Infinity;
  return open.sort(
    (a, b) =>
      recordedAfter(a) - recordedAfter(b) ||
      a.recorded.length - b.recorded.length ||
      b.appendedAt - a.appendedAt,
  )[0];
}

const decoder = new TextDecoder();
const parsed = <T>(value: Uint8Array) => JSON.parse(decoder.decode(value)) as T;

export function iso(ms: number): string {
  return new Date(ms).toISOString();
}
