import { REPORTERS } from '../model/request-event.ts';
import type { CellsByView } from '../model/rollup.ts';
import { type View, WINDOWS, type WindowName, type Windows } from '../model/windows.ts';
import { Cell } from './cell.ts';
import type { CellStore } from './cell-store.ts';
import { Series } from './series.ts';
import { windowStats } from './window-stats.ts';

/** Whose view an event is, in the order of trust: proxies as in REPORTERS, then spans. */
export const VIEWS = [...REPORTERS, 'spans'] as const;
export type ViewIndex = number;
export const SPANS: ViewIndex = VIEWS.indexOf('spans');

/**
 * The same requests as each kind of reporter saw them, one series each, never summed: both sidecars of a hop
 * report it, and spans repeat what logs say.
 */
export class SeriesByReporter {
  readonly #store: CellStore;
  readonly #series: (Series | null)[] = [null, null, null, null];

  constructor(store: CellStore) {
    this.#store = store;
  }

  /** The series of a view, made if need be. */
  of(view: ViewIndex): Series {
    let series = this.#series[view]!;
    if (series === null) {
      series = new Series(this.#store);
      this.#series[view] = series;
    }
    return series;
  }

  /** The windows at the watermark, each from the view that `choose` takes. */
  windows(watermark: number, choose: Choose, isBlind: (name: WindowName) => boolean): Windows {
    const windows: Partial<Windows> = {};
    for (const name of WINDOWS) {
      const { view, cell } = choose(
        (view, into) => this.#window(view, name, watermark, into),
        name,
      );
      windows[name] = windowStats(cell, view, isBlind(name));
    }
    return windows as Windows;
  }

  /** Whether the view saw anything in the window. */
  saw(view: ViewIndex, name: WindowName, watermark: number): boolean {
    return this.#series[view]?.saw(name, watermark) ?? false;
  }

  /** How many of an outcome the view saw in a second of the last minute. */
  inSecond(view: ViewIndex, second: number, outcome: number): number {
    return this.#series[view]?.inSecond(second, outcome) ?? 0;
  }

  /** A closed minute of every view that saw anything in it. */
  minute(start: number, watermark: number): CellsByView {
    const cells: CellsByView = {};
    for (const [index, view] of VIEWS.entries()) {
      const cell = this.#series[index]?.minute(start, watermark);
      if (cell != null) cells[view] = cell.toCounts();
    }
    return cells;
  }

  restoreMinute(start: number, cells: CellsByView): void {
    for (const [index, view] of VIEWS.entries()) {
      const counts = cells[view];
      if (counts !== undefined) this.of(index).restoreMinute(start, Cell.from(counts));
    }
  }

  /** Gives its memory back; it must not be used afterwards. */
  free(): void {
    for (const series of this.#series) series?.free();
  }

  #window(view: ViewIndex, name: WindowName, watermark: number, into: Cell): boolean {
    const series = this.#series[view]!;
    return series !== null && !series.window(name, watermark, into).isEmpty;
  }
}

/** Makes `into` what the view saw in the window; false when it saw nothing. */
export type See = (view: ViewIndex, into: Cell) => boolean;

/** Takes one of the views that saw anything in the window. The cell is good until the next choice. */
export type Choose = (see: See, name: WindowName) => { view: View; cell: Cell | null };

/** A service: the fuller of its log views; spans only where no logs are. */
export const fullest: Choose = (see) => {
  const best = fullestOf(LOGS, see);
  return best.cell === null && see(SPANS, FIRST) ? { view: 'spans', cell: FIRST } : best;
};

/** The fuller of some views. */
export function fullestOf(views: readonly ViewIndex[], see: See): ReturnType<Choose> {
  let best = NOTHING;
  let spare = FIRST;
  for (const view of views) {
    if (!see(view, spare) || spare.requests <= (best.cell?.requests ?? -1)) continue;
    best = { view: VIEWS[view]!, cell: spare };
    spare = spare === FIRST ? SECOND : FIRST;
  }
  return best;
}

/** A dependency: what its source says, else its destination, else a waypoint, else spans. */
export const nearestToCaller: Choose = (see) => {
  for (const [index, view] of VIEWS.entries()) {
    if (see(index, FIRST)) return { view, cell: FIRST };
  }
  return NOTHING;
};

const LOGS: readonly ViewIndex[] = REPORTERS.map((_, view) => view);
const NOTHING: ReturnType<Choose> = { view: 'none', cell: null };
const FIRST = new Cell();
const SECOND = new Cell();
