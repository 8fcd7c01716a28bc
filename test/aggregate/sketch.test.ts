import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  BINS,
  binOf,
  MAX_US,
  MIN_US,
  OVERFLOW,
  Sketch,
  UNDERFLOW,
  valueOfBin,
} from '../../src/aggregate/sketch.ts';

/** Uniform 0–1, the same for the same seed (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const normal = (random: () => number) =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/** The ⌈percent · n / 100⌉-th smallest, in whole numbers. */
function nearestRank(sorted: readonly number[], percent: number): number {
  return sorted[Math.ceil((percent * sorted.length) / 100) - 1] as number;
}

const inRange = fc.oneof(
  fc.double({ min: MIN_US, max: MAX_US, noNaN: true }),
  fc
    .double({ min: 0, max: Math.log(MAX_US), noNaN: true })
    .map((log) => Math.min(Math.exp(log), MAX_US)),
  fc.integer({ min: MIN_US, max: MAX_US }),
);

describe('a bin', () => {
  test('has a value within 1 % of every latency in it, from 1 µs to 1 h', () => {
    fc.assert(
      fc.property(inRange, (us) => {
        expect(Math.abs(valueOfBin(binOf(us)) - us) / us).toBeLessThan(0.01);
      }),
      { numRuns: 5000 },
    );
  });

  test('is the lower of two for the lower of two latencies', () => {
    fc.assert(
      fc.property(inRange, inRange, (a, b) => {
        expect(binOf(Math.min(a, b))).toBeLessThanOrEqual(binOf(Math.max(a, b)));
      }),
      { numRuns: 5000 },
    );
  });

  test('begins exactly one double after the bin before ends, all along the range', () => {
    let low = MIN_US;
    for (let bin = 1; bin < OVERFLOW; bin++) {
      expect(binOf(low)).toBe(bin);
      // Bisect for the last double of this bin.
      let [inside, outside] = [low, bin === OVERFLOW - 1 ? MAX_US * 1.01 : low * 1.03];
      expect(binOf(outside)).toBeGreaterThan(bin);
      for (;;) {
        const middle = inside + (outside - inside) / 2;
        if (middle === inside || middle === outside) break;
        if (binOf(middle) === bin) inside = middle;
        else outside = middle;
      }
      expect(binOf(outside)).toBe(bin + 1);
      for (const edge of [low, inside]) {
        expect(Math.abs(valueOfBin(bin) - edge) / edge).toBeLessThan(0.01);
      }
      low = outside;
    }
  });

  test('of what is below 1 µs, zero, negative or no number is the underflow, reported as 1 µs', () => {
    for (const us of [
      0,
      -0,
      -1,
      Number.NEGATIVE_INFINITY,
      Number.NaN,
      0.999999,
      Number.MIN_VALUE,
    ]) {
      expect(binOf(us)).toBe(UNDERFLOW);
    }
    expect(valueOfBin(UNDERFLOW)).toBe(1);
    expect(binOf(1)).toBe(UNDERFLOW + 1);
  });

  test('of what is above 1 h is the overflow, reported as 1 h', () => {
    for (const us of [MAX_US + 0.001, 1e12, Number.MAX_VALUE, Number.POSITIVE_INFINITY]) {
      expect(binOf(us)).toBe(OVERFLOW);
    }
    expect(valueOfBin(OVERFLOW)).toBe(3_600_000_000);
    expect(binOf(MAX_US)).toBe(OVERFLOW - 1);
  });

  // Bins are kept in rollups and checkpoints: these must never change.
  test.each([
    [1, 1],
    [1000, 346],
    [20_000, 496],
    [1_000_000, 692],
    [60_000_000, 896],
    [3_600_000_000, 1101],
  ])('of %d µs is %d', (us, bin) => {
    expect(binOf(us)).toBe(bin);
  });
});

const random = seeded(20_250_101);
const many = (n: number, us: (i: number) => number) => Array.from({ length: n }, (_, i) => us(i));
const ms = (value: number) => Math.max(value, 0.001) * 1000;

const datasets: [string, number[]][] = [
  ['lognormal', many(20_000, () => ms(20 * Math.exp(normal(random))))],
  ['Pareto', many(20_000, () => ms(1 / (1 - random())))],
  [
    'two modes, 20 ms and 500 ms',
    many(20_000, () =>
      random() < 0.9 ? ms(20 + 5 * normal(random)) : ms(500 + 100 * normal(random)),
    ),
  ],
  ['constant', many(1000, () => 12_345)],
  ['uniform', many(10_000, () => ms(1000 * random()))],
  ['whole milliseconds', many(10_000, () => Math.ceil(50 * random()) * 1000)],
  ['ascending', many(10_000, (i) => 1 + i * i)],
  ['descending', many(10_000, (i) => 1e9 / (i + 1))],
  ['one', [77]],
  ['two', [5, 5_000_000]],
  ['seven', [9, 2, 7, 30, 1, 600, 4]],
];

describe('p50, p90, p95, p99 and p100 are within 1 % of the nearest rank:', () => {
  test.each(datasets)('%s', (_, data) => {
    const sketch = new Sketch();
    for (const us of data) sketch.add(us);
    const sorted = data.toSorted((a, b) => a - b);
    for (const percent of [50, 90, 95, 99, 100]) {
      const exact = nearestRank(sorted, percent);
      const found = sketch.quantile(percent / 100) as number;
      expect(Math.abs(found - exact) / exact).toBeLessThan(0.01);
    }
  });
});

describe('a quantile', () => {
  const tenTimesEach = Sketch.fromPairs(Array.from({ length: 10 }, (_, i) => [100 * (i + 1), 10]));

  test('takes the exact rank where rounding would take the next', () => {
    // In doubles 0.07 * 100 and 0.29 * 100 … are not whole.
    for (let percent = 1; percent <= 100; percent++) {
      const bin = 100 * Math.ceil(percent / 10);
      expect(tenTimesEach.quantile(percent / 100)).toBe(valueOfBin(bin));
    }
  });

  test('of 0 is the smallest, of 1 the largest', () => {
    expect(tenTimesEach.quantile(0)).toBe(valueOfBin(100));
    expect(tenTimesEach.quantile(1)).toBe(valueOfBin(1000));
  });

  test('of nothing is null', () => {
    expect(new Sketch().quantile(0.99)).toBeNull();
    const emptied = Sketch.fromPairs([[5, 1]]);
    emptied.subtract(Sketch.fromPairs([[5, 1]]));
    expect(emptied.quantile(0.5)).toBeNull();
  });

  test.each([-0.1, 1.1, 99, Number.NaN])('of %d is refused', (q) => {
    expect(() => tenTimesEach.quantile(q)).toThrow('a quantile is a fraction 0–1, found');
  });
});

/** What a sketch is, without any of its economy. */
class Naive {
  readonly counts = new Map<number, number>();
  change(bin: number, n: number): void {
    const now = (this.counts.get(bin) ?? 0) + n;
    if (now === 0) this.counts.delete(bin);
    else this.counts.set(bin, now);
  }
  get pairs(): [number, number][] {
    return [...this.counts].sort(([a], [b]) => a - b);
  }
  get expanded(): number[] {
    return this.pairs.flatMap(([bin, n]) => new Array<number>(n).fill(valueOfBin(bin)));
  }
}

const bin = fc.oneof(fc.integer({ min: 0, max: BINS - 1 }), fc.integer({ min: 490, max: 500 }));
/** A run of neighbouring bins, long enough now and then to pass from pairs to a counter per bin. */
const batch = fc
  .tuple(
    bin,
    fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 700 })),
    fc.integer({ min: 1, max: 3 }),
  )
  .map(([first, length, n]): [number, number][] =>
    Array.from({ length }, (_, i) => [(first + 7 * i) % BINS, n]),
  );
const step = fc.oneof(
  fc.record({
    do: fc.constant('add' as const),
    us: fc.oneof(inRange, fc.constantFrom(-1, 0, 1e11)),
    n: fc.integer({ min: 0, max: 5 }),
  }),
  fc.record({ do: fc.constant('merge' as const), batch }),
  fc.record({ do: fc.constant('subtract' as const), which: fc.nat() }),
  fc.record({ do: fc.constant('clear' as const) }),
);

describe('a sketch', () => {
  test('equals a plain multiset of bins after any adding, merging, subtracting and clearing', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const sketch = new Sketch();
        const naive = new Naive();
        let merged: [number, number][][] = [];
        for (const each of steps) {
          if (each.do === 'add') {
            sketch.add(each.us, each.n);
            naive.change(binOf(each.us), each.n);
          } else if (each.do === 'merge') {
            sketch.merge(Sketch.fromPairs(each.batch));
            for (const [at, n] of each.batch) naive.change(at, n);
            merged.push(each.batch);
          } else if (each.do === 'subtract' && merged.length > 0) {
            const [out] = merged.splice(each.which % merged.length, 1) as [[number, number][]];
            sketch.subtract(Sketch.fromPairs(out));
            for (const [at, n] of out) naive.change(at, -n);
          } else if (each.do === 'clear') {
            sketch.clear();
            naive.counts.clear();
            merged = [];
          }
          expect(sketch.toPairs()).toEqual(naive.pairs);
        }
        const values = naive.expanded;
        expect(sketch.count).toBe(values.length);
        for (const percent of [1, 50, 99, 100]) {
          expect(sketch.quantile(percent / 100)).toBe(
            values.length === 0 ? null : nearestRank(values, percent),
          );
        }
      }),
      { numRuns: 300 },
    );
  });

  test('is the same whatever the order and grouping it was merged in', () => {
    fc.assert(
      fc.property(fc.array(batch, { minLength: 1, maxLength: 6 }), fc.nat(), (batches, at) => {
        const merge = (given: [number, number][][]) => {
          const all = new Sketch();
          for (const each of given) all.merge(Sketch.fromPairs(each));
          return all;
        };
        const cut = at % batches.length;
        const grouped = merge(batches.slice(cut));
        grouped.merge(merge(batches.slice(0, cut)));
        expect(grouped.toPairs()).toEqual(merge(batches).toPairs());
      }),
      { numRuns: 100 },
    );
  });

  test('comes back from its pairs', () => {
    const sketch = Sketch.fromPairs([
      [3, 2],
      [900, 1],
      [UNDERFLOW, 4],
      [OVERFLOW, 5],
    ]);
    expect(Sketch.fromPairs(sketch.toPairs()).toPairs()).toEqual(sketch.toPairs());
    expect(sketch.toPairs()).toEqual([
      [UNDERFLOW, 4],
      [3, 2],
      [900, 1],
      [OVERFLOW, 5],
    ]);
  });

  test('can be merged into and taken out of itself', () => {
    const sketch = Sketch.fromPairs([
      [3, 2],
      [4, 1],
    ]);
    sketch.merge(sketch);
    expect(sketch.toPairs()).toEqual([
      [3, 4],
      [4, 2],
    ]);
    sketch.subtract(sketch);
    expect(sketch.count).toBe(0);
    expect(sketch.toPairs()).toEqual([]);
  });

  test('refuses to give more than it holds, and is then unchanged', () => {
    const sketch = Sketch.fromPairs([
      [3, 2],
      [4, 1],
    ]);
    expect(() =>
      sketch.subtract(
        Sketch.fromPairs([
          [3, 1],
          [4, 2],
        ]),
      ),
    ).toThrow('cannot take 2 out of bin 4, which holds 1');
    expect(sketch.toPairs()).toEqual([
      [3, 2],
      [4, 1],
    ]);
    expect(sketch.count).toBe(3);
  });

  test.each([
    [-1, 1],
    [BINS, 1],
    [1.5, 1],
    [Number.NaN, 1],
    [1, -1],
    [1, 0.5],
    [1, 2 ** 32],
  ])('refuses the pair (%d, %d)', (at, n) => {
    expect(() => Sketch.fromPairs([[at, n]])).toThrow(RangeError);
  });
});
