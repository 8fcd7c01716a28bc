import { type AccessLogSlots, DASH, SLOT } from './access-log-slots.ts';
import {
  IMPLAUSIBLE,
  KeySpellings,
  LAST,
  LENGTHS,
  NO_FIELD,
  OWN_KEY,
  SLOT_BITS,
  WORDS,
} from './access-log-spellings.ts';
import { envoyTextSlots } from './envoy-text-slots.ts';

// Tags (field number × 8 + wire type) of opentelemetry-proto `logs/v1/logs.proto` and `common/v1/common.proto`.
const TIME_UNIX_NANO = 0x09;
const BODY = 0x2a;
const ATTRIBUTE = 0x32;
const TRACE_ID = 0x4a;
const KEY = 0x0a;
const VALUE = 0x12;
const STRING = 0x0a;
const BOOL = 0x10;
const INT = 0x18;
const DOUBLE = 0x21;
const BYTES = 0x3a;

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

/** By tag: 1 for a LogRecord's other fields, which are passed over. */
const PASSED_OVER = new Uint8Array(256);
for (let tag = 8; tag < 0x80; tag++) {
  const read = [TIME_UNIX_NANO, BODY, ATTRIBUTE, TRACE_ID].some((one) => one >>> 3 === tag >>> 3);
  const plain = [VARINT, FIXED64, LENGTH_DELIMITED, FIXED32].includes(tag & 7);
  PASSED_OVER[tag] = plain && !read ? 1 : 0;
}

/** The fields that may be numbers; a number as anything else is left to the plain reader. */
const NUMBERS = (1 << SLOT.responseCode) | (1 << SLOT.grpcStatus) | (1 << SLOT.duration);

// Four bytes of a short attribute as one little-endian number: two tags, each with a length below 128 behind it.
const TAGS_AND_SHORT = 0x80ff80ff | 0;
const SHORT_ATTRIBUTE = (KEY << 16) | ATTRIBUTE;
const SHORT_TEXT = (STRING << 16) | VALUE;

/** In place of where a field ends: the record is for the plain reader. */
const STOP = -1;
/** In place of a slot. */
const TWICE = -1;

/** Fields that attributes say and Istio's text line lacks. */
const BESIDE_A_LINE =
  (1 << SLOT.grpcStatus) | (1 << SLOT.downstreamPeerUriSan) | (1 << SLOT.traceId);

/**
 * Finds the fields of one LogRecord in its bytes: in attributes that are an access log, or in a body that is a line
 * of text with what its attributes add. Whatever is out of the ordinary is left to the plain reader.
 */
export class OtlpLogSlots {
  readonly #slots: AccessLogSlots;
  readonly #spellings = new KeySpellings();
  /** A bit for each slot that an attribute has named. */
  #named = 0;
  #own = false;
  /** The body's text. */
  #textStart = 0;
  #textEnd = 0;

  constructor(slots: AccessLogSlots) {
    this.#slots = slots;
  }

  /**
   * Fills the slots from the LogRecord at `start`–`end` of their source. False when the plain reader must say what
   * it is; the slots then mean nothing.
   */
  read(start: number, end: number): boolean {
    const slots = this.#slots;
    slots.clear();
    this.#named = 0;
    this.#own = false;
    this.#textStart = 0;
    this.#textEnd = 0;
    if (!this.#fields(start, end)) return false;
    return (this.#own && slots.has(SLOT.responseCode)) || this.#line();
  }

  #fields(start: number, end: number): boolean {
    let at = start;
    while (at < end) {
      at = this.#shortAttributes(at, end);
      if (at < end && at !== STOP) at = this.#field(at, end);
      if (at === STOP) return false;
    }
    return true;
  }

  /**
   * Nearly all of a record is attributes of short text: tag, length, key's tag, key's length, key, and the same four
   * bytes before the text. Reads as many as there are and returns where they end; STOP when one names a field again.
   *
   * This loop is most of what a record costs. It calls nothing and keeps all it needs at hand: with calls to functions
   * of a few lines each it took half as long again.
   */
  #shortAttributes(start: number, end: number): number {
    const slots = this.#slots;
    const { bytes, view } = slots.source;
    const { chains, next: nextSpelling, meanings, words } = this.#spellings;
    const { starts, ends } = slots;
    let named = this.#named;
    let meant = 0;
    let set = 0;
    let at = start;
    while (at + 4 <= end) {
      const head = view.getInt32(at, true);
      const key = at + 4;
      const length = head >>> 24;
      const keyEnd = key + length;
      const next = at + 2 + ((head >>> 8) & 0x7f);
      if ((head & TAGS_AND_SHORT) !== SHORT_ATTRIBUTE || next > end || keyEnd + 4 > next) break;
      // All of what is left is the value, and all but two of that the text.
      const left = next - keyEnd;
      const short = SHORT_TEXT | ((left - 2) << 8) | ((left - 4) << 24);
      if (view.getInt32(keyEnd, true) !== short) break;
      const text = keyEnd + 4;
      at = next;

      let spelling = length < LENGTHS ? chains[length * 256 + bytes[key]!]! : IMPLAUSIBLE;
      if (spelling === IMPLAUSIBLE) continue;
      const last = keyEnd - 4;
      for (; spelling !== LAST; spelling = nextSpelling[spelling]!) {
        let from = key;
        let word = spelling * WORDS;
        while (from < last && view.getInt32(from, true) === words[word]) {
          from += 4;
          word++;
        }
        if (from >= last && view.getInt32(last, true) === words[word]) break;
      }
      const meaning =
        spelling === LAST ? this.#spellings.of(slots.source, key, keyEnd) : meanings[spelling]!;
      meant |= meaning;
      const slot = meaning & SLOT_BITS;
      if (slot === NO_FIELD) continue;
      const bit = 1 << slot;
      // Which of two spellings counts is for the plain reader to say.
      if ((named & bit) !== 0) return STOP;
      named |= bit;
      if (text === next || (text + 1 === next && bytes[text] === DASH)) continue;
      starts[slot] = text;
      ends[slot] = next;
      set |= bit;
    }
    this.#named = named;
    if ((meant & OWN_KEY) !== 0) this.#own = true;
    slots.add(set);
    return at;
  }

  /**
   * Any field; returns where it ends, or STOP. What is read past the end of the array is undefined: conditions are put
   * so that it fails them.
   */
  #field(start: number, end: number): number {
    const { bytes } = this.#slots.source;
    let at = start;
    const tag = bytes[at++]!;
    if ((tag & 7) === LENGTH_DELIMITED) {
      let length = bytes[at++]!;
      if (length >= 0x80) length += (bytes[at++]! - 1) * 0x80;
      const next = at + length;
      if (!(length < 0x4000 && next <= end)) return STOP;
      if (tag === ATTRIBUTE) return this.#attribute(at, next) ? next : STOP;
      if (tag === BODY) return this.#body(at, next) ? next : STOP;
      if (tag === TRACE_ID) {
        this.#slots.traceStart = at;
        this.#slots.traceEnd = next;
        return next;
      }
      return PASSED_OVER[tag] === 1 ? next : STOP;
    }
    if (tag === TIME_UNIX_NANO) {
      if (at + 8 > end) return STOP;
      this.#time(at);
      return at + 8;
    }
    const next = PASSED_OVER[tag] === 1 ? skipped(bytes, at, tag & 7) : NOWHERE;
    return next <= end ? next : STOP;
  }

  /** One KeyValue: a key, then a value of a single plain kind, and nothing else. */
  #attribute(start: number, end: number): boolean {
    const { bytes } = this.#slots.source;
    const key = start + 2;
    const keyEnd = key + bytes[start + 1]!;
    if (!(bytes[start] === KEY && bytes[start + 1]! < 0x80 && keyEnd + 2 <= end)) return false;
    if (bytes[keyEnd] !== VALUE) return false;
    let at = keyEnd + 1;
    let length = bytes[at++]!;
    if (length >= 0x80) length += (bytes[at++]! - 1) * 0x80;
    if (!(length < 0x4000 && at + length === end)) return false;

    const slot = this.#slotOf(key, keyEnd);
    if (slot === TWICE) return false;
    if (length === 0) return true;
    const kind = bytes[at]!;
    if (kind !== STRING && kind !== BYTES) return this.#otherKind(kind, at + 1, end, slot);
    const text = contentStart(bytes, at, end);
    if (text < 0) return false;
    if (slot !== NO_FIELD) this.#slots.set(slot, text, end);
    return true;
  }

  /** The slot that the key at `start`–`end` names, or NO_FIELD; TWICE when another key has named it. */
  #slotOf(start: number, end: number): number {
    const meaning = this.#spellings.of(this.#slots.source, start, end);
    if ((meaning & OWN_KEY) !== 0) this.#own = true;
    const slot = meaning & SLOT_BITS;
    if (slot === NO_FIELD) return NO_FIELD;
    const bit = 1 << slot;
    if ((this.#named & bit) !== 0) return TWICE;
    this.#named |= bit;
    return slot;
  }

  /** A value that is no text, at `start`–`end` without its tag. */
  #otherKind(kind: number, start: number, end: number, slot: number): boolean {
    const { bytes, view } = this.#slots.source;
    let value = -1;
    if (kind === DOUBLE) {
      if (start + 8 !== end) return false;
      value = view.getFloat64(start, true);
    } else if (kind === INT || kind === BOOL) {
      if (skipped(bytes, start, VARINT) !== end) return false;
      if (kind === INT) value = smallInteger(bytes, start, end);
    } else {
      return false;
    }
    if (slot === NO_FIELD || kind === BOOL) return true;
    if (((1 << slot) & NUMBERS) === 0 || value < 0 || (value | 0) !== value) return false;
    this.#slots.setNumber(slot, value);
    return true;
  }

  /** Only text may be a record of its own, but every body must be well-formed: the last one counts. */
  #body(start: number, end: number): boolean {
    const { bytes } = this.#slots.source;
    this.#textStart = start;
    this.#textEnd = start;
    if (start === end) return true;
    if (bytes[start] !== STRING) return false;
    this.#textStart = contentStart(bytes, start, end);
    this.#textEnd = end;
    return this.#textStart >= 0;
  }

  #time(at: number): void {
    const { view } = this.#slots.source;
    const low = view.getUint32(at, true);
    const high = view.getUint32(at + 4, true);
    // Nanoseconds exceed 2^53: divided by 1000 in two digits of base 2^32. 0 stands for "not known" (logs.proto).
    const rest = (high % 1000) * 2 ** 32 + low;
    this.#slots.startUs =
      low === 0 && high === 0 ? -1 : Math.floor(high / 1000) * 2 ** 32 + Math.floor(rest / 1000);
  }

  #line(): boolean {
    const slots = this.#slots;
    const { bytes } = slots.source;
    let end = this.#textEnd;
    while (end > this.#textStart && isSpace(bytes[end - 1]!)) end--;
    slots.keep(BESIDE_A_LINE);
    return envoyTextSlots(this.#textStart, end, slots);
  }
}

const NOWHERE = Number.POSITIVE_INFINITY;

/** Where a varint or fixed-size value that begins at `at` ends; NOWHERE when it has no end. */
function skipped(bytes: Uint8Array, at: number, wireType: number): number {
  if (wireType === FIXED64) return at + 8;
  if (wireType === FIXED32) return at + 4;
  for (let length = 1; length <= 10; length++) {
    if (bytes[at + length - 1]! < 0x80) return at + length;
  }
  return NOWHERE;
}

/** Where the text of a string or bytes value begins whose tag is at `at` and which ends at `end`; -1 when it does not. */
function contentStart(bytes: Uint8Array, at: number, end: number): number {
  let start = at + 2;
  let length = bytes[at + 1]!;
  if (length >= 0x80) length += (bytes[start++]! - 1) * 0x80;
  return length < 0x4000 && start + length === end ? start : -1;
}

/** A varint below 2^31; -1 for others. */
function smallInteger(bytes: Uint8Array, start: number, end: number): number {
  if (end - start > 5) return -1;
  let value = 0;
  for (let at = end - 1; at >= start; at--) value = value * 0x80 + (bytes[at]! & 0x7f);
  return value;
}

/** ASCII's share of what `String.prototype.trim` removes. */
function isSpace(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}
