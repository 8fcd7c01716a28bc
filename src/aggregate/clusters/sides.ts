import { VIEWS, type ViewIndex } from '../series-by-reporter.ts';

const viewsOf = (...names: (typeof VIEWS)[number][]): readonly ViewIndex[] =>
  names.map((name) => VIEWS.indexOf(name));

/**
 * Who tells in which cluster a request was answered, best first. The called side is there. A caller's proxy knows its
 * own cluster, or what the sender's configuration says: it is asked where no proxy of the called side logs anything in
 * any cluster. Spans come last, as everywhere.
 */
export const SIDES = [
  viewsOf('destination', 'waypoint'),
  viewsOf('source'),
  viewsOf('spans'),
] as const;
export type SideIndex = number;

export const SIDE_OF_VIEW: readonly SideIndex[] = VIEWS.map((_, view) =>
  SIDES.findIndex((views) => views.includes(view)),
);

/** The best side that saw anything; the last where none did. */
export function bestSide(saw: (view: ViewIndex) => boolean): SideIndex {
  const best = SIDES.findIndex((views) => views.some(saw));
  return best < 0 ? SIDES.length - 1 : best;
}
