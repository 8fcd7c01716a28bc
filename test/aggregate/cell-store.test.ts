import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Cell } from '../../src/aggregate/cell.ts';
import { CellStore } from '../../src/aggregate/cell-store.ts';
import { BINS } from '../../src/aggregate/sketch.ts';
import { Random } from '../random.ts';

const SLOTS = 5;

/** The cell as the store adds it up. */
function cellAt(store: CellStore, slot: number, start: number): Cell {
  const cell = new Cell();
  store.sum(slot, start, cell);
  return cell;
}

/** Bins of a busy second, of a quiet one, and of one in which everything happens. */
function anyBin(random: Random): number {
  return random.pick([-1, 500, 490 + random.integer(30), random.integer(BINS), BINS - 1]);
}

describe('a store of cells', () => {
  test('holds what as many plain cells hold, whatever is added, appended, put, merged, dropped and grown', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const random = new Random(seed);
        const store = new CellStore();
        const rows = [store.takeRow(SLOTS), store.takeRow(SLOTS)];
        const plain = new Map<number, { start: number; cell: Cell }>();
        for (let i = 0; i < 3_000; i++) {
          const slot = random.pick(rows) + random.integer(SLOTS);
          const held = plain.get(slot);
          const start =
            (held?.start ?? 1_000) + random.pick([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 64, -64]);
          const stale = held !== undefined && start < held.start;
          const same = held?.start === start ? held.cell : new Cell();
          if (slot % 2 === 0 && random.next() < 0.04) {
            const cell = new Cell();
            cell.counts[random.integer(4)] = random.integer(2 ** 32);
            for (let n = random.pick([0, 3, 700]); n > 0; n--) {
              cell.latencies.addKnown(random.integer(BINS), 1 + random.integer(3_000_000));
            }
            if (random.next() < 0.5) {
              store.put(slot, start, cell);
              if (!stale) plain.set(slot, { start, cell });
            } else {
              cell.counts.fill(1);
              store.merge(slot, start, cell);
              if (stale) continue;
              for (let outcome = 0; outcome < 4; outcome++) same.counts[outcome]!++;
              same.latencies.merge(cell.latencies);
              plain.set(slot, { start, cell: same });
            }
          } else {
            const outcome = random.integer(4);
            const bin = anyBin(random);
            if (slot % 2 === 0) store.add(slot, start, outcome, bin);
            else store.append(slot, start, outcome, bin);
            if (stale) continue;
            same.counts[outcome]!++;
            if (bin >= 0) same.latencies.addKnown(bin, 1);
            plain.set(slot, { start, cell: same });
          }
        }
        for (const [slot, { start, cell }] of plain) {
          expect(store.has(slot, start)).toBe(true);
          expect(cellAt(store, slot, start).toCounts()).toEqual(cell.toCounts());
          expect(cellAt(store, slot, start + 64).isEmpty).toBe(true);
        }
      }),
      { numRuns: 30, seed: 11 },
    );
  });

  test('counts on past what a pair of bin and count holds', () => {
    const store = new CellStore();
    const slot = store.takeRow(1);
    const cell = new Cell();
    cell.latencies.addKnown(7, 2 ** 21 - 1);
    cell.latencies.addKnown(8, 5);
    store.put(slot, 60, cell);
    store.add(slot, 60, 0, 7);
    expect(cellAt(store, slot, 60).latencies.toPairs()).toEqual([
      [7, 2 ** 21],
      [8, 5],
    ]);
  });

  test('gives all memory back that rows and their cells took, and uses it again', () => {
    const store = new CellStore();
    const fill = () => {
      const row = store.takeRow(SLOTS);
      for (let slot = row; slot < row + SLOTS; slot++) {
        for (let bin = 0; bin < 600; bin += slot - row + 1) store.add(slot, 10, 0, bin);
      }
      return row;
    };
    const first = fill();
    const bytes = store.bytes;
    store.freeRow(first, SLOTS);
    expect(store.bytes).toBe(0);
    expect(fill()).toBe(first);
    expect(store.bytes).toBe(bytes);
    for (let slot = first; slot < first + SLOTS; slot++) {
      expect(cellAt(store, slot, 10).counts[0]).toBe(Math.ceil(600 / (slot - first + 1)));
    }
  });

  test('takes 32 bytes for a cell of one or two latencies, and at most 4 436 for any', () => {
    const store = new CellStore();
    const slot = store.takeRow(1);
    const empty = store.bytes;
    store.add(slot, 10, 0, 500);
    store.add(slot, 10, 0, 700);
    expect(store.bytes - empty).toBe(32);
    for (let bin = 0; bin < BINS; bin++) store.add(slot, 10, 0, bin);
    expect(store.bytes - empty).toBe(4 * (6 + BINS));
  });
});
