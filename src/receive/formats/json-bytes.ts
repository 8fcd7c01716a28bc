import { Buffer } from 'node:buffer';
import { decodeText } from './json-scan.ts';

/** What is no JSON, and what is too rare to be worth bytes: not told apart, as another reader knows. */
export class Unsure extends Error {
  override readonly name = 'Unsure';
}

/** One for all, without a stack: it is control flow, and a hostile body must not make it dear. */
const UNSURE = new Unsure('left to the plain reader');
delete UNSURE.stack;

export function unsure(): never {
  throw UNSURE;
}

// Byte codes are repeated in each file that compares bytes: what is imported is loaded and checked at each use.
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const ZERO = 0x30;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;

/** Zeros behind the last byte: no token has one, so no walk leaves the buffer, nor a read of eight bytes. */
const PADDING = 8;
const FIRST_BYTES = 2 ** 16;
/** A larger body's buffer is kept only as long as the bodies after it are large. */
const KEPT_BYTES = 2 ** 20;
const MAX_NESTING = 16;

const HEX = new Uint8Array(256);
for (const digit of '0123456789abcdefABCDEF') HEX[digit.charCodeAt(0)] = 1;
const LOWER_HEX = HEX.map((is, byte) => (byte < 0x41 || byte > 0x46 ? is : 0));
/** Of 2^53. */
const MAX_DIGITS = 16;
/** Of numbers that are all below 2^30. */
const SMALL_DIGITS = 9;
const TOP_BITS = 0x80808080 | 0;
const SHORT_ESCAPE = new Uint8Array(256);
for (const char of '"\\/bfnrt') SHORT_ESCAPE[char.charCodeAt(0)] = 1;

const word = (text: string) => new TextEncoder().encode(text);
const TRUE = word('true');
const FALSE = word('false');
const NULL = word('null');

/**
 * One body of JSON in UTF-8, copied to where a little may be read past its end, and the steps to walk it. Each takes
 * where to begin and returns where it ended, or throws {@link Unsure}.
 */
export class JsonBytes {
  /** Longer than the body. */
  bytes = new Uint8Array(FIRST_BYTES);
  view = new DataView(this.bytes.buffer);
  /** Of the body. */
  length = 0;
  /** Lists and objects that were passed. */
  containers = 0;
  /** What {@link pastWhole} read last. */
  whole = 0;
  zeros = false;
  #text = Buffer.from(this.bytes.buffer);

  load(body: Uint8Array): void {
    const needed = body.length + PADDING;
    const kept = this.bytes.length;
    if (needed > kept || (kept > KEPT_BYTES && needed <= KEPT_BYTES)) {
      this.#allocate(Math.max(needed, Math.min(2 * needed, KEPT_BYTES)));
    }
    this.bytes.set(body);
    this.bytes.fill(0, body.length, needed);
    this.length = body.length;
    this.containers = 0;
  }

  /** Bytes that are known to be ASCII and to have no escapes. */
  ascii(from: number, to: number): string {
    return this.#text.toString('latin1', from, to);
  }

  /** The text of a string whose characters are these bytes, checked by {@link endOfString}. */
  text(from: number, to: number): string {
    for (let at = from; at < to; at += 1) {
      const byte = this.bytes[at]!;
      if (byte >= 0x80 || byte === BACKSLASH) return this.#decode(from, to);
    }
    return this.ascii(from, to);
  }

  /** Where the next token begins. */
  pastSpace(from: number): number {
    const { bytes } = this;
    let at = from;
    for (;;) {
      const byte = bytes[at]!;
      if (byte > 0x20) return at;
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return at;
      at += 1;
    }
  }

  /** Where the token behind the next comma begins. */
  pastComma(from: number): number {
    const at = this.pastSpace(from);
    if (this.bytes[at] !== COMMA) unsure();
    return this.pastSpace(at + 1);
  }

  /** Where the value of a member begins whose name's closing quote is at `nameEnd`. */
  pastColon(nameEnd: number): number {
    const at = this.pastSpace(nameEnd + 1);
    if (this.bytes[at] !== COLON) unsure();
    return this.pastSpace(at + 1);
  }

  /** The closing quote of the string whose characters begin at `from`. Any escape of JSON, no raw control character. */
  endOfString(from: number): number {
    const { bytes } = this;
    let at = this.#special(from);
    while (bytes[at] === BACKSLASH) at = this.#special(this.#pastEscape(at));
    if (bytes[at] !== QUOTE) unsure();
    return at;
  }

  /** As {@link endOfString}, of a string without escapes. */
  endOfPlainString(from: number): number {
    const at = this.#special(from);
    if (this.bytes[at] !== QUOTE) unsure();
    return at;
  }

  /** Past a string, quotes included. */
  pastString(from: number): number {
    if (this.bytes[from] !== QUOTE) unsure();
    return this.endOfString(from + 1) + 1;
  }

  /**
   * The closing quote of a string of 1 to `most` hex digits in lower case, which begin at `from`. Whether all are zeros is
   * then in {@link zeros}.
   */
  endOfHex(from: number, most: number): number {
    const { bytes, view } = this;
    let nonZero = 0;
    let at = from;
    for (; ; at += 4) {
      const word = view.getInt32(at, true);
      if (!areHex(word)) break;
      nonZero |= word ^ 0x30303030;
    }
    for (; LOWER_HEX[bytes[at]!] === 1; at += 1) nonZero |= bytes[at]! ^ ZERO;
    if (bytes[at] !== QUOTE || at === from || at - from > most) unsure();
    this.zeros = nonZero === 0;
    return at;
  }

  /** Past a whole number below 2^53, of digits alone, which is then in {@link whole}. */
  pastWhole(from: number): number {
    const { bytes } = this;
    let at = from;
    let whole = 0;
    let digit = bytes[at]! - ZERO;
    // Small integers for as long as they are: quicker than doubles.
    for (const last = from + SMALL_DIGITS; digit >= 0 && digit <= 9 && at < last; at += 1) {
      whole = (10 * whole + digit) | 0;
      digit = bytes[at + 1]! - ZERO;
    }
    for (; digit >= 0 && digit <= 9; at += 1) {
      whole = 10 * whole + digit;
      digit = bytes[at + 1]! - ZERO;
    }
    const digits = at - from;
    const bad = digits === 0 || digits > MAX_DIGITS || (digits > 1 && bytes[from] === ZERO);
    if (bad || whole > Number.MAX_SAFE_INTEGER) unsure();
    this.whole = whole;
    return at;
  }

  isNull(at: number): boolean {
    return this.bytes[at] === NULL[0];
  }

  isTrue(at: number): boolean {
    return this.bytes[at] === TRUE[0];
  }

  pastNull(from: number): number {
    return this.#pastWord(from, NULL);
  }

  pastBoolean(from: number): number {
    return this.#pastWord(from, this.isTrue(from) ? TRUE : FALSE);
  }

  /** Past a value of any kind. */
  pastValue(from: number, depth = 0): number {
    const first = this.bytes[from]!;
    if (first === QUOTE) return this.pastString(from);
    if (first === OPEN_OBJECT) return this.#pastContainer(from, CLOSE_OBJECT, depth);
    if (first === OPEN_ARRAY) return this.#pastContainer(from, CLOSE_ARRAY, depth);
    if (this.isTrue(from) || first === FALSE[0]) return this.pastBoolean(from);
    return this.isNull(from) ? this.pastNull(from) : this.#pastNumber(from);
  }

  #pastContainer(from: number, close: number, depth: number): number {
    const { bytes } = this;
    if (depth === MAX_NESTING) unsure();
    this.containers += 1;
    let at = this.pastSpace(from + 1);
    if (bytes[at] === close) return at + 1;
    for (;;) {
      if (close === CLOSE_OBJECT) at = this.pastColon(this.pastString(at) - 1);
      at = this.pastSpace(this.pastValue(at, depth + 1));
      if (bytes[at] === close) return at + 1;
      at = this.pastComma(at);
    }
  }

  #pastNumber(from: number): number {
    const { bytes } = this;
    let at = bytes[from] === 0x2d ? from + 1 : from;
    at = bytes[at] === ZERO ? at + 1 : this.#pastDigits(at);
    if (bytes[at] === 0x2e) at = this.#pastDigits(at + 1);
    if (bytes[at] === 0x65 || bytes[at] === 0x45) {
      const signed = bytes[at + 1] === 0x2b || bytes[at + 1] === 0x2d;
      at = this.#pastDigits(at + (signed ? 2 : 1));
    }
    return at;
  }

  /** Past one digit at least. */
  #pastDigits(from: number): number {
    const { bytes } = this;
    let at = from;
    while (bytes[at]! >= 0x30 && bytes[at]! <= 0x39) at += 1;
    if (at === from) unsure();
    return at;
  }

  #pastWord(from: number, word: Uint8Array): number {
    for (let i = 0; i < word.length; i += 1) if (this.bytes[from + i] !== word[i]) unsure();
    return from + word.length;
  }

  /**
   * The next quote, backslash or control character, of which the padding is one. Four bytes at a time: of
   * `(x - n) & ~x` the lowest top bit that is set belongs to x's lowest byte below n. Exchanging 0x20 and 0x22 puts the
   * quote right behind the control characters.
   */
  #special(from: number): number {
    const { view } = this;
    for (let at = from; ; at += 4) {
      const word = view.getInt32(at, true);
      const quote = word ^ 0x02020202;
      const backslash = word ^ 0x5c5c5c5c;
      const found =
        (((quote - 0x21212121) & ~quote) | ((backslash - 0x01010101) & ~backslash)) & 0x80808080;
      if (found !== 0) return at + ((31 - Math.clz32(found & -found)) >>> 3);
    }
  }

  #pastEscape(backslash: number): number {
    const { bytes } = this;
    const kind = bytes[backslash + 1]!;
    if (SHORT_ESCAPE[kind] === 1) return backslash + 2;
    if (kind !== 0x75) unsure();
    for (let i = 2; i < 6; i += 1) if (HEX[bytes[backslash + i]!] !== 1) unsure();
    return backslash + 6;
  }

  #decode(from: number, to: number): string {
    const text = decodeText(this.bytes.subarray(from, to));
    return text.includes('\\') ? JSON.parse(`"${text}"`) : text;
  }

  #allocate(size: number): void {
    this.bytes = new Uint8Array(size);
    this.view = new DataView(this.bytes.buffer);
    this.#text = Buffer.from(this.bytes.buffer);
  }
}

/** Whether all four bytes are hex digits in lower case. Adding 0x80 - n sets the top bit of an ASCII byte from n on. */
function areHex(word: number): boolean {
  const digits = (word + 0x50505050) & ~(word + 0x46464646);
  const letters = (word + 0x1f1f1f1f) & ~(word + 0x19191919);
  return ((digits | letters) & ~word & TOP_BITS) === TOP_BITS;
}
