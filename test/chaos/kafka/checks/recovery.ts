import { join } from 'node:path';
import { type Check, check, table } from '../../checks/check.ts';
import { logOf } from '../../evidence.ts';
import type { KafkaRun } from '../chaos.ts';
import { MEMBERS, type OwnEnd, ROLES } from '../fleet.ts';
import { KINDS } from '../plan.ts';
import type { Suffered } from '../trouble.ts';

/** How faults were got over, and what the processes said of themselves. */
export function checkRecovery(run: KafkaRun): Check {
  const { trouble, fleet, folder, unsettled } = run;
  const { suffered } = trouble;
  const problems = [...trouble.problems, ...unsettled];
  const starting = fleet.ownEnds.filter((end) => isStartWithoutBrokers(end, suffered));
  for (const end of fleet.ownEnds) {
    if (starting.includes(end)) continue;
    const when = new Date(end.at).toISOString();
    problems.push(`${end.name} ended by itself at ${when}: ${end.how}; see ${end.name}.log`);
  }
  for (const { name, status } of fleet.exits) {
    if (status !== 0) problems.push(`SIGTERM ended ${name} with exit status ${status}`);
  }
  for (const kind of KINDS) {
    if (!suffered.some((fault) => fault.kind === kind)) problems.push(`there was no ${kind}`);
  }
  const said = MEMBERS.flatMap((name) =>
    logOf(join(folder, `${name}.log`)).map((line) => ({ ...line, name })),
  );
  // Those of processes that ended by themselves are told above.
  for (const { name, line, level, event } of said) {
    if (level === 'error' && event !== 'no JSON') problems.push(`${name} says: ${line}`);
  }
  const warnings = Map.groupBy(
    said.filter(({ level }) => level === 'warn'),
    ({ event }) => event,
  );
  return check(
    'it goes on after every fault',
    [
      ...faults(suffered),
      `processes killed: ${ROLES.map((role) => `${role} ${killsOf(suffered, role)}`).join(', ')}`,
      `starts that gave up while brokers were down, and were repeated: ${starting.length}`,
      `warnings in the logs: ${[...warnings].map(([event, of]) => `${event} ${of.length}`).join(', ') || 'none'}`,
    ],
    problems,
  );
}

function faults(suffered: readonly Suffered[]): string[] {
  const seconds = (ms: number) => (ms / 1_000).toFixed(1);
  const named = (fault: Suffered) => (fault.within ? `${fault.kind} within another` : fault.kind);
  const grouped = Map.groupBy(suffered, named);
  const rows = KINDS.flatMap((kind) => [kind, `${kind} within another`]).flatMap((kind) => {
    const own = grouped.get(kind);
    if (own === undefined) return [];
    const flowed = own.map(({ flowedAfterMs }) => flowedAfterMs).sort((a, b) => a - b);
    const over = Math.max(...own.map((fault) => fault.over - fault.back));
    const median = flowed[Math.floor((flowed.length - 1) / 2)]!;
    return [[kind, `${own.length}`, seconds(median), seconds(flowed.at(-1)!), seconds(over)]];
  });
  return table([
    ['fault', 'times', 'flows after s', 'slowest', 'slowest until all ready'],
    ...rows,
  ]);
}

function killsOf(suffered: readonly Suffered[], role: string): number {
  return suffered.filter(
    ({ kind, members }) => kind === 'process killed' && members[0]!.startsWith(role),
  ).length;
}

/** A start that reaches no broker for ten seconds ends with a message; whoever supervises it starts it again. */
function isStartWithoutBrokers({ wasReady, at }: OwnEnd, suffered: readonly Suffered[]): boolean {
  return (
    !wasReady &&
    suffered.some(
      ({ kind, from, over }) =>
        (kind.includes('broker') || kind.includes('killed') || kind === 'full restart') &&
        !kind.startsWith('process') &&
        from <= at &&
        at <= over,
    )
  );
}
