/** The member names that a reader knows, found by their bytes. */
export class KeyTable {
  readonly #keys: Uint8Array[] = [];
  readonly #numbers: number[] = [];
  /** Index of a key plus one; open addressing. */
  readonly #slots = new Uint8Array(SLOTS);

  /** Numbers from 0 for names in ASCII, at most 64. */
  constructor(numbers: Readonly<Record<string, number>>) {
    for (const [name, number] of Object.entries(numbers)) {
      const key = new TextEncoder().encode(name);
      this.#numbers.push(number);
      let slot = slotOf(key, 0, key.length);
      while (this.#slots[slot] !== 0) slot = (slot + 1) & (SLOTS - 1);
      this.#slots[slot] = this.#keys.push(key);
    }
  }

  /** The number of the name that is these bytes; -1 for any other. */
  find(bytes: Uint8Array, from: number, to: number): number {
    for (let slot = slotOf(bytes, from, to); ; slot = (slot + 1) & (SLOTS - 1)) {
      const key = this.#slots[slot]! - 1;
      if (key < 0) return -1;
      if (equal(this.#keys[key]!, bytes, from, to)) return this.#numbers[key]!;
    }
  }
}

/** A power of two, well above the number of names. */
const SLOTS = 256;

/** By length, both ends and two bytes between, which is enough to tell the names there are apart. */
function slotOf(bytes: Uint8Array, from: number, to: number): number {
  const length = to - from;
  if (length === 0) return 0;
  const ends = bytes[from]! + 31 * bytes[to - 1]!;
  const between = bytes[from + (length >> 1)]! + 31 * bytes[from + (length >> 2)]!;
  return Math.imul(ends + 131 * between + 17 * length, 0x9e3779b1) >>> 24;
}

function equal(key: Uint8Array, bytes: Uint8Array, from: number, to: number): boolean {
  if (key.length !== to - from) return false;
  for (let i = 0; i < key.length; i += 1) if (key[i] !== bytes[from + i]) return false;
  return true;
}
