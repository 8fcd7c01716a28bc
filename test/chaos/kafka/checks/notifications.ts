import { type Check, check } from '../../checks/check.ts';
import { type Fate, fateOf } from '../../checks/fate.ts';
import { outOfOrder, recordedTooEarly } from '../../checks/notifications.ts';
import { iso, type Message, type State, toldStates } from '../../checks/told-states.ts';
import type { Arrival } from '../../slack.ts';
import type { KafkaRun } from '../chaos.ts';
import { PUBLIC_URL, SESSION_MS } from '../setting.ts';
import type { Suffered } from '../trouble.ts';
import { Calm } from './calm.ts';
import { notifierStarts, type Start } from './notifier-starts.ts';

/** It is heard of four times a session, and a message may be on its way. */
const KNOWS_WITHIN_MS = SESSION_MS;

const WHY = {
  takenOver: 'by the next one, before it could read that it was told',
  lost: 'by one that had lost its partition',
  frozen: 'by one that was frozen in mid-send',
} as const;
type Why = keyof typeof WHY;

/**
 * Promise 4: each state of an incident is told at least once; again only where a notifier was killed, frozen or lost its
 * partition in mid-send. An incident that was over before anybody could be told of it is not told at all.
 */
export function checkKafkaNotifications(run: KafkaRun): Check {
  const { evidence, slack, folder, trouble } = run;
  const starts = notifierStarts(folder);
  const { states, messages, unknown } = toldStates(evidence, {
    arrivals: slack.arrivals,
    url: PUBLIC_URL,
    lifeOf: ({ at, path }: Arrival) =>
      starts.findLastIndex((start) => path.endsWith(`/${start.name}`) && start.at <= at),
  });
  const problems = unknown.map((item) => `told of what nobody knows ${item}`);
  if (messages.length === 0) problems.push('Slack was told nothing: no breaker tripped');
  problems.push(...recordedTooEarly(states), ...outOfOrder(states));

  const reasons = states.flatMap((state) => repeatsOf(state, starts, trouble.suffered));
  problems.push(...reasons.flatMap(({ why, what }) => (why === null ? [what] : [])));

  const calm = new Calm(trouble.suffered, starts);
  const fates = states.map((state) => ({ state, fate: fateOf(state, states, calm) }));
  for (const { state, fate } of fates) {
    if (fate !== 'missed') continue;
    problems.push(`${state.name} was never told; appended ${iso(state.appendedAt)}`);
  }
  const count = (fate: Fate) => fates.filter((each) => each.fate === fate).length;
  const repeats = (of: Why) => reasons.filter(({ why }) => why === of).length;
  const alerts = new Set(states.map(({ alert }) => alert.key)).size;
  const whys = (Object.keys(WHY) as Why[]).map((why) => `${repeats(why)} ${WHY[why]}`);
  return check(
    'promise 4: Slack is told of every state, again only after trouble in mid-send',
    [
      `${states.length} states of ${alerts} alerts; ${messages.length} messages of ${starts.length} active notifiers, ${slack.refusals} answered 429`,
      `told ${count('told')}, over before anybody could be told ${count('over')}, followed by the next incident meanwhile ${count('superseded')}`,
      `told again ${reasons.length}: ${whys.join(', ')}`,
    ],
    problems,
  );
}

function repeatsOf(
  { name, told, recorded }: State,
  starts: readonly Start[],
  suffered: readonly Suffered[],
): { why: Why | null; what: string }[] {
  return told.slice(1).map((again, index) => {
    const before = told[index]!;
    const why = whyAgain(before, again, recorded, starts, suffered);
    const who = (message: Message) => starts[message.life]?.name ?? 'nobody';
    const what = `${name} was told at ${iso(before.at)} by ${who(before)} and again at ${iso(again.at)} by ${who(again)}: nothing explains it`;
    return { why, what };
  });
}

function whyAgain(
  before: Message,
  again: Message,
  recorded: readonly number[],
  starts: readonly Start[],
  suffered: readonly Suffered[],
): Why | null {
  const start = starts[again.life];
  if (start === undefined) return null;
  if (again.life > before.life) {
    return recorded.some((time) => time <= start.readFrom) ? null : 'takenOver';
  }
  if (again.life < before.life) {
    // What it had lost it must soon know, and then be silent.
    const thawed = suffered
      .filter(({ members, back }) => members.includes(start.name) && back <= again.at)
      .map(({ back }) => back);
    const knows = Math.max(starts[before.life]!.at, ...thawed) + KNOWS_WITHIN_MS;
    return again.at <= knows ? 'lost' : null;
  }
  const frozen = suffered.some(({ kind, members, from, back }) => {
    const itself = kind === 'notifier frozen' && members.includes(start.name);
    return itself && from <= again.at && back >= before.at;
  });
  return frozen ? 'frozen' : null;
}
