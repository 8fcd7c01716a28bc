import type { Run } from '../chaos.ts';
import type { Evidence } from '../evidence.ts';
import type { Life } from '../lives.ts';
import { type Check, check } from './check.ts';
import { type Fate, fateOf, type Telling } from './fate.ts';
import { iso, type Message, type State, toldStates } from './told-states.ts';

/**
 * Promise 4: each state of an incident is told at least once; again only where the server was killed after the
 * message had arrived and before that was recorded. An incident that was over before anybody could be told of it is
 * not told at all.
 */
export function checkNotifications(
  evidence: Evidence,
  run: Pick<Run, 'slack' | 'lives' | 'url'>,
): Check {
  const { slack, lives } = run;
  const { states, messages, unknown } = toldStates(evidence, {
    arrivals: slack.arrivals,
    url: run.url,
    lifeOf: ({ at }) =>
      lives.findLastIndex(({ kill }) => kill !== null && kill.to + IN_FLIGHT_MS < at) + 1,
  });
  const problems = unknown.map((item) => `told of what nobody knows ${item}`);
  if (messages.length === 0) problems.push('Slack was told nothing: no breaker tripped');
  problems.push(...unrecorded(messages, lives), ...recordedTooEarly(states), ...outOfOrder(states));

  const repeats = states.flatMap((state) => state.told.slice(1).map((message) => [state, message]));
  problems.push(...states.flatMap((state) => unexplainedRepeats(state, lives)));

  const telling = new Lives(messages, lives);
  const fates = states.map((state) => ({ state, fate: fateOf(state, states, telling) }));
  for (const { state, fate } of fates) {
    if (fate !== 'missed') continue;
    problems.push(`${state.name} was never told; appended ${iso(state.appendedAt)}`);
  }
  const count = (fate: Fate) => fates.filter((each) => each.fate === fate).length;
  const alerts = new Set(states.map(({ alert }) => alert.key)).size;
  return check(
    'promise 4: Slack is told of every state, again only after a kill in mid-send',
    [
      `${states.length} states of ${alerts} alerts; ${messages.length} messages, ${slack.refusals} answered 429`,
      `told ${count('told')}, over before anybody could be told ${count('over')}, followed by the next incident while it was down ${count('superseded')}`,
      `told again ${repeats.length}, each after a kill between sending and recording`,
    ],
    problems,
  );
}

/** Reading what the dead one had still sent takes a moment; the next one needs much longer to send anything. */
const IN_FLIGHT_MS = 100;

/** What was told is recorded before the next message goes, and in the end; unless a kill came between. */
function unrecorded(messages: readonly Message[], lives: readonly Life[]): string[] {
  return messages.flatMap(({ at, life, states }, index) => {
    const next = messages[index + 1];
    const until = next?.life === life ? next.at : Infinity;
    if (until === Infinity && lives[life]!.kill !== null) return [];
    const missing = states.filter(
      ({ recorded }) => !recorded.some((time) => time >= at && time <= until),
    );
    return missing.map(({ name }) => `${name}, told at ${iso(at)}, was not recorded as told`);
  });
}

export function recordedTooEarly(states: readonly State[]): string[] {
  return states.flatMap(({ name, recorded, told }) => {
    const early = recorded.filter((time) => !told.some(({ at }) => at <= time));
    return early.map((time) => `${name} is recorded as told at ${iso(time)}; Slack had not got it`);
  });
}

/** Of one alert, an earlier state must not be told for the first time after a later one. */
export function outOfOrder(states: readonly State[]): string[] {
  return [...Map.groupBy(states, ({ alert }) => alert.key).values()].flatMap((own) => {
    const told = own.filter((state) => state.told.length > 0);
    return told.flatMap((state, index) => {
      const before = told[index - 1];
      if (before === undefined || before.told[0]!.at <= state.told[0]!.at) return [];
      return [`${state.name} was told before ${before.name}`];
    });
  });
}

/** A life tells again what an earlier one told, when that was not recorded before it began. */
function unexplainedRepeats({ name, told, recorded }: State, lives: readonly Life[]): string[] {
  return told.slice(1).flatMap(({ at, life }, index) => {
    const before = told[index]!;
    const began = lives[life - 1]?.kill?.to ?? -Infinity;
    const explained = before.life < life && !recorded.some((time) => time <= began);
    return explained ? [] : [`${name} was told again at ${iso(at)}: no kill explains it`];
  });
}

/** Longer than a live notifier needs: half a second to group, a second of pace, Slack's own time, a 429 on the way. */
const ENOUGH_MS = 4_000;

/** When there was somebody who could tell: between kills. */
class Lives implements Telling {
  readonly #messages: readonly Message[];
  readonly #lives: readonly Life[];

  constructor(messages: readonly Message[], lives: readonly Life[]) {
    this.#messages = messages;
    this.#lives = lives;
  }

  /**
   * Whether one life told others twice between the two times, or had the time to: a message may have been made just
   * before, but the second one tells all that is known.
   */
  wasPossible(fromMs: number, untilMs: number): boolean {
    return this.#lives.some(({ readyAt, kill }, life) => {
      if (readyAt === null) return false;
      const until = Math.min(untilMs, kill?.from ?? Infinity);
      const others = this.#messages.filter(
        ({ at, life: of }) => of === life && at > Math.max(fromMs, readyAt) && at <= until,
      );
      return others.length >= 2 || until - Math.max(fromMs, readyAt) >= ENOUGH_MS;
    });
  }

  /** Whether the server was killed between the two times. */
  wasCut(fromMs: number, untilMs: number): boolean {
    return this.#lives.some(
      ({ kill }) => kill !== null && kill.to >= fromMs && kill.from <= untilMs,
    );
  }
}
