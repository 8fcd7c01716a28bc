import { type InternedBytes, MAX_STRINGS } from './interned-bytes.ts';

/** What a pure function makes of each interned string, made once. Number 0 stands for no string. */
export class Derived<T> {
  readonly #strings: InternedBytes;
  readonly #derive: (text: string | undefined) => T;
  readonly #values: (T | undefined)[] = new Array(MAX_STRINGS).fill(undefined);

  constructor(strings: InternedBytes, derive: (text: string | undefined) => T) {
    this.#strings = strings;
    this.#derive = derive;
  }

  /** With `strings`. */
  clear(): void {
    this.#values.fill(undefined);
  }

  of(number: number): T {
    const known = this.#values[number];
    if (known !== undefined) return known;
    const made = this.#derive(number === 0 ? undefined : this.#strings.text(number));
    this.#values[number] = made;
    return made;
  }
}
