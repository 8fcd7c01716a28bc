import type { CellsByView } from '../model/rollup.ts';
import { type View, WINDOWS, type WindowName, type Windows } from '../model/windows.ts';
import type { Cell } from './cell.ts';
import { Series } from './series.ts';
import { windowStats } from './window-stats.ts';

/**
 * The same requests as each kind of reporter saw them, one series each, never summed: both sidecars of a hop
 * report it, and spans repeat what logs say.
 */
export class SeriesByReporter {
  readonly #series: Partial<Record<Exclude<View, 'none'>, Series>> = {};

  add(
    view: Exclude<View, 'none'>,
    second: number,
    watermark: number,
    outcome: number,
    bin: number,
  ): void {
    this.#series[view] ??= new Series();
    this.#series[view].add(second, watermark, outcome, bin);
  }

  /** The windows at the watermark, each from the view that `choose` takes. */
  windows(watermark: number, choose: Choose, isBlind: (name: WindowName) => boolean): Windows {
    return Object.fromEntries(
      WINDOWS.map((name) => {
        const { view, cell } = choose(this.#cells(name, watermark));
        return [name, windowStats(cell, view, isBlind(name))];
      }),
    ) as Windows;
  }

  /** A closed minute of every view that saw anything in it. */
  minute(start: number, watermark: number): CellsByView {
    const cells: CellsByView = {};
    for (const view of VIEWS) {
      const cell = this.#series[view]?.minute(start, watermark);
      if (cell != null) cells[view] = cell.toCounts();
    }
    return cells;
  }

  restoreMinute(start: number, cells: CellsByView): void {
    for (const view of VIEWS) {
      const counts = cells[view];
      if (counts === undefined) continue;
      this.#series[view] ??= new Series();
      this.#series[view].restoreMinute(start, counts);
    }
  }

  #cells(name: WindowName, watermark: number): Seen[] {
    return VIEWS.flatMap((view) => {
      const cell = this.#series[view]?.window(name, watermark);
      return cell === undefined || isEmpty(cell) ? [] : [{ view, cell }];
    });
  }
}

export interface Seen {
  view: Exclude<View, 'none'>;
  cell: Cell;
}

/** Takes one of the views that saw anything in the window, in the order source, destination, waypoint, spans. */
export type Choose = (seen: readonly Seen[]) => { view: View; cell: Cell | null };

/** A service: the fuller of its log views; spans only where no logs are. */
export const fullest: Choose = (seen) => {
  const logs = seen.filter(({ view }) => view !== 'spans');
  const from = logs.length > 0 ? logs : seen;
  return from.reduce<ReturnType<Choose>>(
    (best, next) => (best.cell === null || next.cell.requests > best.cell.requests ? next : best),
    NOTHING,
  );
};

/** A dependency: what its source says, else its destination, else a waypoint, else spans. */
export const nearestToCaller: Choose = (seen) => seen[0] ?? NOTHING;

const NOTHING = { view: 'none', cell: null } as const;

const VIEWS = ['source', 'destination', 'waypoint', 'spans'] as const;

const isEmpty = (cell: Cell) => cell.counts.every((count) => count === 0);
