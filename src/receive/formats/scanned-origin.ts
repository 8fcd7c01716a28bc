import { Derived } from './derived.ts';
import type { InternedBytes } from './interned-bytes.ts';
import type { JsonBytes } from './json-bytes.ts';
import { isMirrored } from './zipkin-event.ts';

const COLON = 0x3a;
const BACKSLASH = 0x5c;
const SLASH = 0x2f;
const QUESTION_MARK = 0x3f;
const HASH = 0x23;
const LONGEST_SCHEME = 8;
const LONGEST_ORIGIN = 512;

/**
 * Whether URLs are of mirrored requests. Scheme and authority decide, with the byte that ends them: they are few, where
 * the paths behind them are many.
 */
export class ScannedOrigins {
  readonly #json: JsonBytes;
  readonly #strings: InternedBytes;
  readonly #mirrored: Derived<boolean>;
  #last = 0;

  constructor(json: JsonBytes, strings: InternedBytes) {
    this.#json = json;
    this.#strings = strings;
    this.#mirrored = new Derived(strings, isMirrored);
  }

  /** With `strings`. */
  clear(): void {
    this.#mirrored.clear();
    this.#last = 0;
  }

  /** Of the URL whose characters are these bytes. */
  isMirrored(from: number, to: number): boolean {
    const strings = this.#strings;
    const last = this.#last;
    if (last !== 0 && strings.standsAt(last, this.#json, from)) return this.#mirrored.of(last);
    const end = this.#endOfOrigin(from, to);
    if (end < 0) return isMirrored(this.#json.text(from, to));
    this.#last = strings.intern(this.#json, from, end);
    return this.#mirrored.of(this.#last);
  }

  /** Past the byte behind the authority; -1 when there is none, or when it takes more than bytes to see. */
  #endOfOrigin(from: number, to: number): number {
    const { bytes } = this.#json;
    let at = from;
    while (bytes[at] !== COLON) {
      at += 1;
      if (at > from + LONGEST_SCHEME || at >= to) return -1;
    }
    if (bytes[at + 1] !== SLASH || bytes[at + 2] !== SLASH) return -1;
    const last = Math.min(to, from + LONGEST_ORIGIN);
    for (at += 3; at < last; at += 1) {
      const byte = bytes[at]!;
      if (byte === SLASH || byte === QUESTION_MARK || byte === HASH) return at + 1;
      if (byte === BACKSLASH) return -1;
    }
    return -1;
  }
}
