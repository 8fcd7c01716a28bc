import type { Kill } from '../chaos.ts';
import type { Evidence } from '../evidence.ts';
import { MOMENTS } from '../moments.ts';
import { type Check, check } from './check.ts';

/** How lives began and ended. */
export function checkLives(
  evidence: Evidence,
  {
    kills,
    ownEnds,
    exitStatus,
    readyAfterMs,
  }: {
    kills: readonly Kill[];
    ownEnds: readonly string[];
    exitStatus: number | null;
    readyAfterMs: readonly number[];
  },
): Check {
  const problems = ownEnds.map((end) => `the server ended by itself: ${end}`);
  if (exitStatus !== 0) problems.push(`SIGTERM ended it with exit status ${exitStatus}`);
  const integrity = evidence.integrity();
  if (integrity !== 'ok') problems.push(`stream.db: ${integrity}`);
  if (kills.length === 0) problems.push('nobody killed it: the run was too short to show anything');
  for (const { line } of evidence.log('error')) problems.push(`in the log: ${line}`);

  const moments = MOMENTS.map(
    (name) => `${name} ${kills.filter(({ moment }) => moment === name).length}`,
  );
  const early = kills.filter(({ wasReady }) => !wasReady).length;
  const recovered = readyAfterMs.slice(1).sort((a, b) => a - b);
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
