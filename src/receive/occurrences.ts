/** A power of two. */
const FIRST_PLACES = 128;
/** Places looked at for one number: senders choose their bytes, and could choose ones that meet in one place. */
const MAX_PROBES = 16;
/** Of one place: the lower and the higher half, and how often they came; 0 where nothing is. */
const WORDS = 3;

/**
 * How often each 64-bit number came. In one table of words, as a map makes an object of each number; what finds no
 * place near its own goes to a map.
 */
export class Occurrences {
  #places: Uint32Array = new Uint32Array(WORDS * FIRST_PLACES);
  #used = 0;
  #others: Map<bigint, number> | null = null;

  /** Returns how often it came before. The halves are not negative. */
  add(low: number, high: number): number {
    const others = this.#others;
    if (others !== null) {
      const number = numberOf(low, high);
      const before = others.get(number);
      if (before !== undefined) {
        others.set(number, before + 1);
        return before;
      }
    }
    const place = this.#find(low, high);
    if (place < 0) {
      this.#others ??= new Map();
      this.#others.set(numberOf(low, high), 1);
      return 0;
    }
    const before = this.#places[place + 2]!;
    if (before === 0) this.#used++;
    this.#put(place, low, high, before + 1);
    if (2 * WORDS * this.#used > this.#places.length) this.#grow();
    return before;
  }

  /** Where it is or may be put; -1 when all places near its own are taken. */
  #find(low: number, high: number): number {
    const places = this.#places;
    const mask = places.length / WORDS - 1;
    for (let probe = 0; probe < MAX_PROBES; probe++) {
      const place = WORDS * ((low + probe) & mask);
      if (places[place + 2] === 0) return place;
      if (places[place] === low && places[place + 1] === high) return place;
    }
    return -1;
  }

  #put(place: number, low: number, high: number, count: number): void {
    this.#places[place] = low;
    this.#places[place + 1] = high;
    this.#places[place + 2] = count;
  }

  #grow(): void {
    const before = this.#places;
    this.#places = new Uint32Array(2 * before.length);
    for (let i = 0; i < before.length; i += WORDS) {
      const count = before[i + 2]!;
      if (count > 0) this.#move(before[i]!, before[i + 1]!, count);
    }
  }

  #move(low: number, high: number, count: number): void {
    const place = this.#find(low, high);
    if (place >= 0) {
      this.#put(place, low, high, count);
      return;
    }
    this.#used--;
    this.#others ??= new Map();
    this.#others.set(numberOf(low, high), count);
  }
}

function numberOf(low: number, high: number): bigint {
  return (BigInt(high) << 32n) | BigInt(low);
}
