import { InternedBytes } from './interned-bytes.ts';
import { JsonBytes } from './json-bytes.ts';

const MAX_NAMES = 64;
const MAX_WORDS = 512;

/** The member names that a reader knows, found by their bytes. */
export class KeyTable {
  readonly #names = new InternedBytes(MAX_NAMES, MAX_WORDS);
  /** By the name's number in `#names`. */
  readonly #numbers: number[] = [-1];

  /** Numbers from 0 by name. */
  constructor(numbers: Readonly<Record<string, number>>) {
    const json = new JsonBytes();
    for (const [name, number] of Object.entries(numbers)) {
      const bytes = new TextEncoder().encode(name);
      json.load(bytes);
      this.#numbers[this.#names.intern(json, 0, bytes.length)] = number;
    }
  }

  /** The number of the name that is these bytes; -1 for any other. */
  find(json: JsonBytes, from: number, to: number): number {
    return this.#numbers[this.#names.find(json, from, to)]!;
  }
}
