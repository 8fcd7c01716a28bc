import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Cell } from '../../src/aggregate/cell.ts';
import { CellStore } from '../../src/aggregate/cell-store.ts';
import { CellTime } from '../../src/aggregate/cell-time.ts';
import { Series } from '../../src/aggregate/series.ts';
import { binOf } from '../../src/aggregate/sketch.ts';
import { WINDOW_SECONDS, WINDOWS } from '../../src/model/windows.ts';
import { Random } from '../random.ts';

/** An epoch second that is not aligned to anything. */
const START = 1_767_225_637;

/** Which of the seconds a window covers at a watermark, by the definition in model/windows.ts. */
function covered(name: (typeof WINDOWS)[number], watermark: number, second: number): boolean {
  const { length, step } = WINDOW_SECONDS[name];
  const current = watermark - (watermark % step);
  return second > current - length + step - 1 && second <= watermark;
}

function timeOf(second: number): CellTime {
  const time = new CellTime();
  time.set(second);
  return time;
}

test('every window, and every second of the last minute, equals a naive recount, whatever the order, lateness and gaps', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const random = new Random(seed);
      const series = new Series(new CellStore());
      const events: { second: number; outcome: number }[] = [];
      const failed = new Map<number, number>();
      let newest = START;
      for (let i = 0; i < 400; i++) {
        // Mostly a little forward, sometimes a gap, once in a while an hour.
        newest += random.pick([0, 0, 0, 1, 1, 2, 7, 30, 90, i % 100 === 0 ? 3_700 : 0]);
        const late = random.pick([0, 0, 0, 1, 3, 20, 75, 200, 299]);
        const watermark = newest - 2;
        const second = Math.max(newest - late, watermark - 300);
        const outcome = random.integer(4);
        series.add(timeOf(second), watermark, outcome, random.next() < 0.8 ? binOf(1_000) : -1);
        events.push({ second, outcome });
        if (outcome === 1) failed.set(second, (failed.get(second) ?? 0) + 1);
        if (random.next() > 0.15) continue;
        for (const name of WINDOWS) {
          const expected = [0, 0, 0, 0];
          for (const one of events) {
            if (covered(name, watermark, one.second)) expected[one.outcome]!++;
          }
          expect(
            [...series.window(name, watermark, new Cell()).counts],
            `${name} seed ${seed}`,
          ).toEqual(expected);
          expect(series.saw(name, watermark), `${name} seed ${seed}`).toBe(
            expected.some((count) => count > 0),
          );
        }
        const seconds: [number, number][] = [];
        for (let second = watermark - 60; second <= watermark; second++) {
          seconds.push([series.inSecond(second, 1), failed.get(second) ?? 0]);
        }
        expect(
          seconds.filter(([said, was]) => said !== was),
          `seed ${seed}`,
        ).toEqual([]);
      }
    }),
    { numRuns: 60, seed: 1 },
  );
});

test('percentiles of a window are those of its events', () => {
  const random = new Random(7);
  const series = new Series(new CellStore());
  const latencies: number[] = [];
  for (let i = 0; i < 30_000; i++) {
    const second = START + Math.floor(i / 600);
    const latency = Math.round(Math.exp(random.gauss(Math.log(20_000), 1)));
    series.add(timeOf(second), second - 2, 0, binOf(latency));
    latencies.push(latency);
  }
  const sorted = latencies.sort((a, b) => a - b);
  const window = series.window('1m', START + 50, new Cell());
  for (const q of [0.5, 0.9, 0.95, 0.99]) {
    const exact = sorted[Math.ceil(q * sorted.length) - 1]!;
    const error = Math.abs(window.latencies.quantile(q)! - exact) / exact;
    expect(error, `p${q * 100}`).toBeLessThanOrEqual(0.01);
  }
});

test('an empty series has empty windows', () => {
  const series = new Series(new CellStore());
  for (const name of WINDOWS) expect(series.window(name, START, new Cell()).requests).toBe(0);
});
