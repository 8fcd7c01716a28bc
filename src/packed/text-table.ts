import type { Reader } from './reader.ts';

/** Names and addresses are rarely longer; those that are get decoded each time. */
const MAX_BYTES = 64;

/**
 * Texts by their bytes, so that a name that comes with every part is one string: made once, hashed once. Of fixed size:
 * a text takes the place of another one. A hash only leads to two places; the bytes there are always compared.
 */
export class TextTable {
  readonly #bytes: Uint8Array;
  readonly #lengths: Uint8Array;
  readonly #texts: string[];
  readonly #mask: number;
  #replaced = 0;

  /** @param places a power of two; each takes 64 bytes and a string of that length */
  constructor(places: number) {
    this.#mask = places - 1;
    this.#bytes = new Uint8Array(places * MAX_BYTES);
    this.#lengths = new Uint8Array(places);
    this.#texts = new Array(places).fill('');
  }

  /** The same as `reader.text`. */
  text(reader: Reader, from: number, to: number, what: string): string {
    const length = to - from;
    if (length === 0 || length > MAX_BYTES) return reader.text(from, to, what);
    const { bytes } = reader;
    let hash = length;
    for (let at = from; at < to; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
    const place = (hash ^ (hash >>> 15)) & this.#mask;
    if (this.#isAt(place, bytes, from, length)) return this.#texts[place]!;
    if (this.#isAt(place ^ 1, bytes, from, length)) return this.#texts[place ^ 1]!;
    const text = reader.text(from, to, what);
    this.#keep(place ^ (this.#replaced++ & 1), text, bytes, from, length);
    return text;
  }

  #isAt(place: number, bytes: Uint8Array, from: number, length: number): boolean {
    if (this.#lengths[place] !== length) return false;
    const kept = this.#bytes;
    const start = place * MAX_BYTES;
    for (let i = 0; i < length; i++) if (kept[start + i] !== bytes[from + i]) return false;
    return true;
  }

  #keep(place: number, text: string, bytes: Uint8Array, from: number, length: number): void {
    const start = place * MAX_BYTES;
    for (let i = 0; i < length; i++) this.#bytes[start + i] = bytes[from + i]!;
    this.#lengths[place] = length;
    this.#texts[place] = text;
  }
}
