import { Buffer } from 'node:buffer';
import { decodeText } from './json-scan.ts';

/**
 * JSON in UTF-8, walked as bytes. Each function takes where to begin and returns where it ended. What is no JSON, and
 * what is rare, is not told apart: both throw {@link Unsure}, and the body is left to a reader that parses it.
 */
export class Unsure extends Error {
  override readonly name = 'Unsure';
}

/** One for all, without a stack: it is control flow, and a hostile body must not make it dear. */
const UNSURE = new Unsure('left to the plain reader');
delete UNSURE.stack;

export function unsure(): never {
  throw UNSURE;
}

/** Zeros behind the last byte: no token has one, so no walk leaves the buffer, nor a read of four bytes. */
const PADDING = 8;
const FIRST_BYTES = 2 ** 16;
/** A larger body's buffer is kept only as long as the bodies after it are large. */
const KEPT_BYTES = 2 ** 20;

/** One body, copied to where a little may be read past its end. */
export class JsonBytes {
  /** Longer than the body. */
  bytes = new Uint8Array(FIRST_BYTES);
  view = new DataView(this.bytes.buffer);
  /** Of the body. */
  length = 0;
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
  }

  /** Bytes that are known to be ASCII and to have no escapes. */
  ascii(from: number, to: number): string {
    return this.#text.toString('latin1', from, to);
  }

  /** The text of a string whose characters are these bytes, checked by {@link endOfString}. */
  text(from: number, to: number): string {
    if (this.#isPlain(from, to)) return this.ascii(from, to);
    const text = decodeText(this.bytes.subarray(from, to));
    return text.includes('\\') ? JSON.parse(`"${text}"`) : text;
  }

  #isPlain(from: number, to: number): boolean {
    for (let at = from; at < to; at += 1) {
      const byte = this.bytes[at]!;
      if (byte >= 0x80 || byte === BACKSLASH) return false;
    }
    return true;
  }

  #allocate(size: number): void {
    this.bytes = new Uint8Array(size);
    this.view = new DataView(this.bytes.buffer);
    this.#text = Buffer.from(this.bytes.buffer);
  }
}

export const QUOTE = 0x22;
export const COMMA = 0x2c;
export const COLON = 0x3a;
export const BACKSLASH = 0x5c;
export const OPEN_OBJECT = 0x7b;
export const CLOSE_OBJECT = 0x7d;
export const OPEN_ARRAY = 0x5b;
export const CLOSE_ARRAY = 0x5d;

/** Where the next token begins. */
export function pastSpace(bytes: Uint8Array, at: number): number {
  let next = at;
  for (;;) {
    const byte = bytes[next]!;
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return next;
    next += 1;
  }
}

/** The byte `byte`, which must be the next token; returns where the token after it begins. */
export function past(bytes: Uint8Array, at: number, byte: number): number {
  const token = bytes[at]! > 0x20 ? at : pastSpace(bytes, at);
  if (bytes[token] !== byte) unsure();
  return bytes[token + 1]! > 0x20 ? token + 1 : pastSpace(bytes, token + 1);
}

/** The first n bytes of a little-endian word. */
export const LOW_BYTES = Int32Array.of(0, 0xff, 0xffff, 0xffffff);

/** Whether the `length` bytes from `a` on are also those from `b` on. */
export function sameBytes({ view }: JsonBytes, a: number, b: number, length: number): boolean {
  let at = 0;
  for (; at <= length - 4; at += 4) {
    if (view.getInt32(a + at, true) !== view.getInt32(b + at, true)) return false;
  }
  const differing = view.getInt32(a + at, true) ^ view.getInt32(b + at, true);
  return (differing & LOW_BYTES[length & 3]!) === 0;
}

/** The closing quote of the string whose characters begin at `from`. Any escape JSON knows, no raw control character. */
export function endOfString(json: JsonBytes, from: number): number {
  let at = special(json, from);
  while (json.bytes[at] === BACKSLASH) at = special(json, pastEscape(json.bytes, at));
  if (json.bytes[at] !== QUOTE) unsure();
  return at;
}

/** As {@link endOfString}, of a string without escapes. */
export function endOfPlainString(json: JsonBytes, from: number): number {
  const at = special(json, from);
  if (json.bytes[at] !== QUOTE) unsure();
  return at;
}

/**
 * The next quote, backslash or control character, of which the padding is one. Four bytes at a time: `(x - 0x01010101) & ~x` has the top
 * bit of x's lowest zero byte set, and of none below it.
 */
function special({ view }: JsonBytes, from: number): number {
  for (let at = from; ; at += 4) {
    const word = view.getInt32(at, true);
    const quote = word ^ 0x22222222;
    const backslash = word ^ 0x5c5c5c5c;
    const found =
      (((quote - 0x01010101) & ~quote) |
        ((backslash - 0x01010101) & ~backslash) |
        ((word - 0x20202020) & ~word)) &
      0x80808080;
    if (found !== 0) return at + ((31 - Math.clz32(found & -found)) >>> 3);
  }
}

const SHORT_ESCAPES = new Set([...'"\\/bfnrt'].map((char) => char.charCodeAt(0)));

function pastEscape(bytes: Uint8Array, backslash: number): number {
  const kind = bytes[backslash + 1]!;
  if (SHORT_ESCAPES.has(kind)) return backslash + 2;
  if (kind !== 0x75) unsure();
  for (let i = 2; i < 6; i += 1) if (HEX[bytes[backslash + i]!] !== 1) unsure();
  return backslash + 6;
}

const HEX = new Uint8Array(256);
for (const digit of '0123456789abcdefABCDEF') HEX[digit.charCodeAt(0)] = 1;
const LOWER_HEX = HEX.map((is, byte) => (byte < 0x41 || byte > 0x46 ? is : 0));

export function isLowerHex(byte: number): boolean {
  return LOWER_HEX[byte] === 1;
}

const MAX_NESTING = 16;

/** Past a value of any kind; `onContainer` is called for each list and object in it. */
export function pastValue(
  json: JsonBytes,
  from: number,
  onContainer: () => void,
  depth = 0,
): number {
  const { bytes } = json;
  const first = bytes[from]!;
  if (first === QUOTE) return endOfString(json, from + 1) + 1;
  if (first !== OPEN_OBJECT && first !== OPEN_ARRAY) return pastScalar(bytes, from);
  if (depth === MAX_NESTING) unsure();
  onContainer();
  const object = first === OPEN_OBJECT;
  const close = object ? CLOSE_OBJECT : CLOSE_ARRAY;
  let at = pastSpace(bytes, from + 1);
  if (bytes[at] === close) return at + 1;
  for (;;) {
    if (object) {
      if (bytes[at] !== QUOTE) unsure();
      at = past(bytes, endOfString(json, at + 1) + 1, COLON);
    }
    at = pastSpace(bytes, pastValue(json, at, onContainer, depth + 1));
    if (bytes[at] === close) return at + 1;
    at = past(bytes, at, COMMA);
  }
}

const word = (text: string) => new TextEncoder().encode(text);
export const TRUE = word('true');
export const FALSE = word('false');
export const NULL = word('null');

/** Past a number, `true`, `false` or `null`. */
function pastScalar(bytes: Uint8Array, from: number): number {
  for (const word of [TRUE, FALSE, NULL]) {
    if (word[0] === bytes[from]) return pastWord(bytes, from, word);
  }
  let at = bytes[from] === 0x2d ? from + 1 : from;
  at = bytes[at] === 0x30 ? at + 1 : pastDigits(bytes, at);
  if (bytes[at] === 0x2e) at = pastDigits(bytes, at + 1);
  if (bytes[at] === 0x65 || bytes[at] === 0x45) {
    const signed = bytes[at + 1] === 0x2b || bytes[at + 1] === 0x2d;
    at = pastDigits(bytes, at + (signed ? 2 : 1));
  }
  return at;
}

export function pastWord(bytes: Uint8Array, from: number, word: Uint8Array): number {
  for (let i = 0; i < word.length; i += 1) if (bytes[from + i] !== word[i]) unsure();
  return from + word.length;
}

/** Past one digit at least. */
function pastDigits(bytes: Uint8Array, from: number): number {
  let at = from;
  while (isDigit(bytes[at]!)) at += 1;
  if (at === from) unsure();
  return at;
}

export function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}
