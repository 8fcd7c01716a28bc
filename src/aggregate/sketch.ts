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

const FIRST_PAIRS = 4;
/** Beyond 512 pairs (4 096 bytes) a counter per bin (4 412 bytes) is smaller than twice the pairs. */
const MAX_PAIRS = 512;
const NOTHING = new Uint32Array(0);

/**
 * Counts per bin. Starts as (bin, count) pairs sorted by bin and turns into one counter per bin when that is
 * smaller: at most 4 412 bytes ({@link BINS} × 4), 8 per distinct bin (capacity doubles) before that. A bin
 * counts to 2^32 − 1.
 */
export class Sketch {
  /** Pairs `[bin, count, bin, count, …]`, or a count per bin. */
  #cells: Uint32Array = NOTHING;
  /** How many pairs are in use; -1 when `#cells` has a count per bin. */
  #pairs = 0;
  #count = 0;

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

  /** Memory of the counts, bytes. */
  get bytes(): number {
    return this.#cells.byteLength;
  }

  /** Adds a latency in µs, `n` (whole, not negative) times. */
  add(us: number, n = 1): void {
    this.#change(binOf(us), n);
  }

  /** Adds one latency whose bin is known to be one. */
  count1(bin: number): void {
    this.#change(bin, 1);
  }

  /** @throws RangeError when there is no such bin, or `n` is not a whole number of 0 to 2^32 − 1 */
  addBin(bin: number, n: number): void {
    if (!Number.isInteger(bin) || bin < 0 || bin >= BINS) {
      throw new RangeError(`a bin is a whole number of 0 to ${BINS - 1}, found ${bin}`);
    }
    if (!Number.isInteger(n) || n < 0 || n > 0xffffffff) {
      throw new RangeError(`a count is a whole number of 0 to 4294967295, found ${n}`);
    }
    this.#change(bin, n);
  }

  merge(other: Sketch): void {
    for (let i = 0; i < other.#slots; i++) {
      const n = other.#countIn(i);
      if (n > 0) this.#change(other.#binIn(i), n);
    }
  }

  /**
   * Takes out what was merged in before.
   *
   * @throws RangeError when `other` has more in a bin than this; this is then unchanged
   */
  subtract(other: Sketch): void {
    for (let i = 0; i < other.#slots; i++) {
      const [bin, n, has] = [other.#binIn(i), other.#countIn(i), this.#countOf(other.#binIn(i))];
      if (has < n) throw new RangeError(`cannot take ${n} out of bin ${bin}, which holds ${has}`);
    }
    for (let i = 0; i < other.#slots; i++) {
      const n = other.#countIn(i);
      if (n > 0) this.#change(other.#binIn(i), -n);
    }
  }

  clear(): void {
    this.#cells = NOTHING;
    this.#pairs = 0;
    this.#count = 0;
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
    for (let i = 0; i < this.#slots; i++) {
      left -= this.#countIn(i);
      if (left <= 0) return valueOfBin(this.#binIn(i));
    }
    throw new Error('unreachable: the counts add up to the total');
  }

  /** `[bin, count]` of every bin that holds something, in bin order. */
  toPairs(): [bin: number, count: number][] {
    const pairs: [number, number][] = [];
    for (let i = 0; i < this.#slots; i++) {
      const n = this.#countIn(i);
      if (n > 0) pairs.push([this.#binIn(i), n]);
    }
    return pairs;
  }

  /** Pairs in use, or bins. */
  get #slots(): number {
    return this.#pairs < 0 ? BINS : this.#pairs;
  }

  #binIn(slot: number): number {
    return this.#pairs < 0 ? slot : (this.#cells[2 * slot] as number);
  }

  #countIn(slot: number): number {
    return this.#cells[this.#pairs < 0 ? slot : 2 * slot + 1] as number;
  }

  #countOf(bin: number): number {
    if (this.#pairs < 0) return this.#cells[bin] as number;
    const i = this.#find(bin);
    return i < this.#pairs && this.#cells[2 * i] === bin ? this.#countIn(i) : 0;
  }

  #change(bin: number, n: number): void {
    this.#count += n;
    if (this.#pairs >= 0) {
      const i = this.#slot(bin);
      if (i >= 0) {
        this.#cells[2 * i + 1] = (this.#cells[2 * i + 1] as number) + n;
        return;
      }
    }
    this.#cells[bin] = (this.#cells[bin] as number) + n;
  }

  /** The first pair at or after `bin`. */
  #find(bin: number): number {
    let low = 0;
    let high = this.#pairs;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#cells[2 * middle] as number) < bin) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The pair of `bin`, made when there is none; -1 when that turned the pairs into a counter per bin. */
  #slot(bin: number): number {
    let i = this.#find(bin);
    if (i < this.#pairs && this.#cells[2 * i] === bin) return i;
    if (2 * this.#pairs === this.#cells.length) {
      this.#grow();
      if (this.#pairs < 0) return -1;
      i = this.#find(bin);
    }
    this.#cells.copyWithin(2 * i + 2, 2 * i, 2 * this.#pairs);
    this.#cells[2 * i] = bin;
    this.#cells[2 * i + 1] = 0;
    this.#pairs++;
    return i;
  }

  #grow(): void {
    const kept = this.toPairs();
    const dense = kept.length >= MAX_PAIRS;
    const pairs = Math.max(FIRST_PAIRS, 2 ** Math.ceil(Math.log2(kept.length + 1)));
    this.#cells = new Uint32Array(dense ? BINS : 2 * pairs);
    this.#pairs = dense ? -1 : kept.length;
    kept.forEach(([bin, n], i) => {
      if (dense) this.#cells[bin] = n;
      else this.#cells.set([bin, n], 2 * i);
    });
  }
}
