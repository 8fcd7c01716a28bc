import { until } from '../../stream/until.ts';
import { CALLER } from './expected.ts';
import type { World } from './world.ts';

/** What Meshpulse's API tells of one move of a breaker. */
export interface Transition {
  from: string;
  to: 'OPEN' | 'HALF_OPEN' | 'CLOSED';
  reason: string;
  at: string;
  not_permitted: number;
  attempt: number;
}

/** The moves of the `observed` breaker of the caller, or of the roll-up; none before its first. */
export async function transitions(
  { meshpulse }: World,
  service: string,
  of: 'caller' | 'rollup' = 'caller',
): Promise<Transition[]> {
  const key = `observed:${of === 'caller' ? `${CALLER}:${service}:-` : `*:${service}:*`}`;
  const path = `/api/v1/breakers/${encodeURIComponent(key)}/transitions`;
  try {
    return (await meshpulse.get<{ transitions: Transition[] }>(path)).transitions;
  } catch (error) {
    if (/breaker_not_found/.test(String(error))) return [];
    throw error;
  }
}

/** Until the breaker has moved so often, and now is in this state. */
export async function moved(
  world: World,
  service: string,
  state: Transition['to'],
  least: number,
): Promise<void> {
  let moves: Transition[] = [];
  const holds = async () => {
    moves = await transitions(world, service);
    return moves.length >= least && moves.at(-1)!.to === state;
  };
  await until(`${service} is ${state}`, holds, 30_000).catch((error: Error) => {
    throw new Error(`${error.message}: ${JSON.stringify(moves)}`);
  });
}
