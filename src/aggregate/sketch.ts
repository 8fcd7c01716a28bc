/**
 * The latency sketch: how many latencies fell into each of a fixed row of log-spaced bins.
 *
 * Every latency from 1 µs to 1 h is within 1 % of its bin's value ({@link valueOfBin}). Being a vector of counts it
 * merges and subtracts exactly. Bins travel in rollups and checkpoints: changing them is a new version of those.
 */

/** Bounds of what is told apart, µs. */
export const MIN_US = 1;
export const MAX_US = 3_600_000_000;

/**
 * Ratio of a bin's upper edge to its lower one: the worst error is (γ − 1) / (γ + 1) = 0.99942 %. Chosen so that
 * 1 101 bins reach just past 1 h. Edges come from multiplying alone, so every engine has the same ones.
 */
const GAMMA = 1.02019;
const LOG_BINS = 1101;
/** Below 1 µs, zero and negative. */
export const UNDERFLOW = 0;
/** Above 1 h. */
export const OVERFLOW = LOG_BINS + 1;
/** How many bins there are, underflow and overflow included. */
export const BINS = LOG_BINS + 2;

/** Bin `i` holds `EDGES[i - 1] <= us < EDGES[i]`. */
const EDGES = new Float64Array(LOG_BINS + 1);
EDGES[0] = MIN_US;
for (let i = 1; i <= LOG_BINS; i++) EDGES[i] = (EDGES[i - 1] as number) * GAMMA;

const LOG_GAMMA = Math.log(GAMMA);

/** The bin of a latency in µs; NaN counts as underflow. Never decreases as `us` grows. */
export function binOf(us: number): number {
  if (!(us >= MIN_US)) return UNDERFLOW;
  if (us > MAX_US) return OVERFLOW;
  // Math.log may be an ulp off either way; the edges decide.
  let bin = Math.floor(Math.log(us) / LOG_GAMMA) + 1;
  while (us < (EDGES[bin - 1] as number)) bin--;
  while (us >= (EDGES[bin] as number)) bin++;
  return bin;
}

/** What a bin's latencies are reported as, µs: 1 µs for underflow, 1 h for overflow. */
export function valueOfBin(bin: number): number {
  if (bin <= UNDERFLOW) return MIN_US;
  if (bin >= OVERFLOW) return MAX_US;
  const low = EDGES[bin - 1] as number;
  const high = EDGES[bin] as number;
  // The harmonic mean is as far from both edges, relatively.
  return (2 * low * high) / (low + high);
}

/**
 * Counts per bin, one number each: {@link BINS} × 8 bytes. What is kept for long is packed instead (cell-store.ts) and
 * added up in one of these when somebody asks.
 */
export class Sketch {
  readonly #bins = new Float64Array(BINS);
  #count = 0;
  /** All bins in use are among these. */
  #lowest = BINS;
  #highest = -1;

  /** @throws RangeError as {@link Sketch.addBin} does */
  static fromPairs(pairs: Iterable<readonly [bin: number, count: number]>): Sketch {
    const sketch = new Sketch();
    for (const [bin, count] of pairs) sketch.addBin(bin, count);
    return sketch;
  }

  /** How many latencies are in it. */
  get count(): number {
    return this.#count;
  }

  /** Adds a latency in µs, `n` (whole, not negative) times. */
  add(us: number, n = 1): void {
    this.addKnown(binOf(us), n);
  }

  /** @throws RangeError when there is no such bin, or `n` is not a whole number of 0 to 2^32 − 1 */
  addBin(bin: number, n: number): void {
    if (!Number.isInteger(bin) || bin < 0 || bin >= BINS) {
      throw new RangeError(`a bin is a whole number of 0 to ${BINS - 1}, found ${bin}`);
    }
    if (!Number.isInteger(n) || n < 0 || n > 0xffffffff) {
      throw new RangeError(`a count is a whole number of 0 to 4294967295, found ${n}`);
    }
    this.addKnown(bin, n);
  }

  /** Adds to a bin that is known to be one. */
  addKnown(bin: number, n: number): void {
    if (bin < this.#lowest) this.#lowest = bin;
    if (bin > this.#highest) this.#highest = bin;
    this.#bins[bin] = this.#bins[bin]! + n;
    this.#count += n;
  }

  merge(other: Sketch): void {
    for (let bin = other.#lowest; bin <= other.#highest; bin++) {
      const n = other.#bins[bin]!;
      if (n > 0) this.addKnown(bin, n);
    }
  }

  /**
   * Takes out what was merged in before.
   *
   * @throws RangeError when `other` has more in a bin than this; this is then unchanged
   */
  subtract(other: Sketch): void {
    for (let bin = other.#lowest; bin <= other.#highest; bin++) {
      const n = other.#bins[bin]!;
      const has = this.#bins[bin]!;
      if (has < n) throw new RangeError(`cannot take ${n} out of bin ${bin}, which holds ${has}`);
    }
    for (let bin = other.#lowest; bin <= other.#highest; bin++) {
      const n = other.#bins[bin]!;
      this.#bins[bin] = this.#bins[bin]! - n;
      this.#count -= n;
    }
  }

  clear(): void {
    if (this.#highest >= 0) this.#bins.fill(0, this.#lowest, this.#highest + 1);
    this.#count = 0;
    this.#lowest = BINS;
    this.#highest = -1;
  }

  /**
   * Nearest rank: the ⌈q·n⌉-th smallest latency in µs, within 1 %; null when there is none.
   *
   * @param q fraction 0–1
   * @throws RangeError when `q` is outside it
   */
  quantile(q: number): number | null {
    if (!(q >= 0 && q <= 1)) throw new RangeError(`a quantile is a fraction 0–1, found ${q}`);
    if (this.#count === 0) return null;
    // 0.07 × 100 is a little over 7 in doubles: without the last factor that would be rank 8.
    let left = Math.max(1, Math.ceil(q * this.#count * (1 - 1e-12)));
    for (let bin = this.#lowest; ; bin++) {
      left -= this.#bins[bin]!;
      if (left <= 0) return valueOfBin(bin);
    }
  }

  /** Calls back with every bin that holds something, in bin order. */
  eachBin(each: (bin: number, count: number) => void): void {
    for (let bin = this.#lowest; bin <= this.#highest; bin++) {
      const n = this.#bins[bin]!;
      if (n > 0) each(bin, n);
    }
  }

  /** `[bin, count]` of every bin that holds something, in bin order. */
  toPairs(): [bin: number, count: number][] {
    const pairs: [number, number][] = [];
    this.eachBin((bin, count) => {
      pairs.push([bin, count]);
    });
    return pairs;
  }
}
