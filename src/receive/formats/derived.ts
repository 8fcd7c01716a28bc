import type { InternedBytes } from './interned-bytes.ts';

/** What a pure function makes of each interned string, made once. Number 0 stands for no string. */
export class Derived<T> {
  readonly #strings: InternedBytes;
  readonly #derive: (text: string | undefined) => T;
  readonly #values: (T | undefined)[] = [];

  constructor(strings: InternedBytes, derive: (text: string | undefined) => T) {
    this.#strings = strings;
    this.#derive = derive;
  }

  /** With `strings`. */
  clear(): void {
    this.#values.length = 0;
  }

  of(number: number): T {
    const values = this.#values;
    const known = number < values.length ? values[number] : undefined;
    if (known !== undefined) return known;
    const made = this.#derive(number === 0 ? undefined : this.#strings.text(number));
    while (values.length < number) values.push(undefined);
    values[number] = made;
    return made;
  }
}
