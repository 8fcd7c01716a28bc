import type { State } from './told-states.ts';

/** When there was somebody who could tell, by what is known of who lived when. */
export interface Telling {
  /** Whether what was appended at the first time had to be told by the second. */
  wasPossible(fromMs: number, untilMs: number): boolean;
  /** Whether there was trouble between the two times. */
  wasCut(fromMs: number, untilMs: number): boolean;
}

export type Fate = 'told' | 'over' | 'superseded' | 'missed';

/** What became of a state of an incident, when it was told or not. */
export function fateOf(state: State, states: readonly State[], telling: Telling): Fate {
  if (state.told.length > 0) return 'told';
  const { key, startsAt, status } = state.alert;
  const own = states.filter(({ alert }) => alert.key === key);
  const other = own.find(({ alert }) => alert.startsAt === startsAt && alert.status !== status);
  if (status === 'firing') {
    if (other === undefined) return 'missed';
    return telling.wasPossible(state.appendedAt, other.appendedAt) ? 'missed' : 'over';
  }
  // Nobody heard of its opening.
  if (other !== undefined && other.told.length === 0) return 'over';
  const next = own.find(
    ({ alert, told }) => alert.startsAt > startsAt && alert.status === 'firing' && told.length > 0,
  );
  if (next === undefined) return 'missed';
  return telling.wasCut(state.appendedAt, next.told[0]!.at) ? 'superseded' : 'missed';
}
