import type { Run } from '../chaos.ts';
import type { Evidence } from '../evidence.ts';
import { MOMENTS } from '../moments.ts';
import { type Check, check } from './check.ts';

/** How lives began and ended. */
export function checkLives(
  evidence: Evidence,
  { lives, ownEnds, exitStatus }: Pick<Run, 'lives' | 'ownEnds' | 'exitStatus'>,
): Check {
  const kills = lives.filter(({ kill }) => kill !== null);
  const problems = ownEnds.map((end) => `the server ended by itself: ${end}`);
  if (exitStatus !== 0) problems.push(`SIGTERM ended it with exit status ${exitStatus}`);
  const integrity = evidence.integrity();
  if (integrity !== 'ok') problems.push(`stream.db: ${integrity}`);
  if (kills.length === 0) problems.push('nobody killed it: the run was too short to show anything');
  for (const { line } of evidence.log('error')) problems.push(`in the log: ${line}`);

  const moments = MOMENTS.map(
    (name) => `${name} ${kills.filter(({ kill }) => kill!.moment === name).length}`,
  );
  const early = kills.filter(({ readyAt }) => readyAt === null).length;
  // The first one had nothing to recover.
  const recovered = lives
    .slice(1)
    .flatMap(({ readyAfterMs }) => readyAfterMs ?? [])
    .sort((a, b) => a - b);
  const rank = (share: number) => recovered[Math.ceil(share * recovered.length) - 1];
  const ms = (value: number | undefined) => (value === undefined ? '–' : `${Math.round(value)} ms`);
  const warnings = Map.groupBy(evidence.log('warn'), ({ event }) => event);
  return check(
    'it starts again after every kill',
    [
      `${kills.length} kills, ${early} of them before it was ready; ${moments.join(', ')}`,
      `from spawn to ready: p50 ${ms(rank(0.5))}, p99 ${ms(rank(0.99))}, longest ${ms(recovered.at(-1))}, of ${recovered.length}`,
      `warnings in the log: ${[...warnings].map(([event, of]) => `${event} ${of.length}`).join(', ') || 'none'}`,
    ],
    problems,
  );
}
