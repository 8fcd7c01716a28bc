/**
 * The protobuf wire format, as much of it as docs/stream.proto needs: varints up to 2^53, fixed64 columns and
 * length-delimited fields. https://protobuf.dev/programming-guides/encoding/
 */
import { UndecodableMessage } from './errors.ts';

export const WIRE = { varint: 0, fixed64: 1, delimited: 2, fixed32: 5 } as const;

const FIRST_BYTES = 4096;
/** Longest length prefix: 32 bits in groups of 7. */
const LENGTH_BYTES = 5;
/** Longest varint of a number below 2^53 + 1. */
const VARINT_BYTES = 8;

/** Writes one message; the bytes grow as needed. */
export class Writer {
  #bytes = new Uint8Array(FIRST_BYTES);
  #at = 0;

  /** A copy of what was written. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#at);
  }

  /** A field without presence: left out when 0. */
  uint(field: number, value: number): void {
    if (value === 0) return;
    this.#tag(field, WIRE.varint);
    this.varint(value);
  }

  string(field: number, text: string): void {
    this.#tag(field, WIRE.delimited);
    this.#reserve(LENGTH_BYTES + 3 * text.length);
    // Written after room for the longest length, then moved down to where it belongs.
    const start = this.#at + LENGTH_BYTES;
    const { written } = utf8.encodeInto(text, this.#bytes.subarray(start));
    this.#moveDown(start, start + written);
  }

  bytes(field: number, value: Uint8Array): void {
    this.#tag(field, WIRE.delimited);
    this.varint(value.length);
    this.#reserve(value.length);
    this.#bytes.set(value, this.#at);
    this.#at += value.length;
  }

  /** A length-delimited field whose content `write` adds to this writer. */
  nested(field: number, write: () => void): void {
    this.#tag(field, WIRE.delimited);
    this.#reserve(LENGTH_BYTES);
    const start = this.#at + LENGTH_BYTES;
    this.#at = start;
    write();
    this.#moveDown(start, this.#at);
  }

  /** A whole number of 0 to 2^53. */
  varint(value: number): void {
    this.#reserve(VARINT_BYTES);
    let rest = value;
    while (rest >= 0x80) {
      // ToInt32 takes the low 32 bits of any integer, so `&` is right above 2^31 too.
      this.#bytes[this.#at++] = (rest & 0x7f) | 0x80;
      rest = rest < 0x80000000 ? rest >>> 7 : Math.floor(rest / 0x80);
    }
    this.#bytes[this.#at++] = rest;
  }

  #tag(field: number, wireType: number): void {
    this.varint(field * 8 + wireType);
  }

  #moveDown(start: number, end: number): void {
    this.#at = start - LENGTH_BYTES;
    this.varint(end - start);
    this.#bytes.copyWithin(this.#at, start, end);
    this.#at += end - start;
  }

  #reserve(more: number): void {
    if (this.#at + more <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#at + more));
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}

/** Reads one message. Every read is checked against the end; what cannot be read throws UndecodableMessage. */
export class Reader {
  /** Number and wire type of the field that the last `next` found. */
  field = 0;
  wireType = 0;
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** Moves on to the next field; false at the end of the message. */
  next(): boolean {
    if (this.done) return false;
    const tag = this.uint32('tag');
    this.field = tag >>> 3;
    this.wireType = tag & 7;
    if (this.field === 0) throw new UndecodableMessage('field number 0 is not allowed');
    return true;
  }

  /** @param most largest value allowed; by default 2^53 */
  varint(what: string, most = 2 ** 53): number {
    let value = 0;
    let weight = 1;
    for (let i = 0; i < 10; i++) {
      if (this.done) throw new UndecodableMessage(`${what}: the bytes end within a number`);
      const byte = this.#bytes[this.#at++] as number;
      value += (byte & 0x7f) * weight;
      if (byte < 0x80) {
        if (value > most) throw new UndecodableMessage(`${what}: at most ${most}, found ${value}`);
        return value;
      }
      weight *= 0x80;
    }
    throw new UndecodableMessage(`${what}: a number of more than 10 bytes`);
  }

  /** The value of a varint field. */
  uint(what: string, most?: number): number {
    this.#expect(WIRE.varint, what);
    return this.varint(what, most);
  }

  uint32(what: string): number {
    return this.varint(what, 0xffffffff);
  }

  /** A view of a length-delimited field's content. */
  bytes(what: string): Uint8Array {
    this.#expect(WIRE.delimited, what);
    return this.#take(this.uint32(what), what);
  }

  string(what: string): string {
    const bytes = this.bytes(what);
    try {
      return strictUtf8.decode(bytes);
    } catch {
      throw new UndecodableMessage(`${what}: not UTF-8`);
    }
  }

  /** Passes over the field, as every reader does with fields it does not know. */
  skip(): void {
    const what = `field ${this.field}`;
    if (this.wireType === WIRE.varint) this.varint(what, Number.POSITIVE_INFINITY);
    else if (this.wireType === WIRE.fixed64) this.#take(8, what);
    else if (this.wireType === WIRE.delimited) this.bytes(what);
    else if (this.wireType === WIRE.fixed32) this.#take(4, what);
    else throw new UndecodableMessage(`${what}: wire type ${this.wireType} is not known`);
  }

  #take(length: number, what: string): Uint8Array {
    const end = this.#at + length;
    if (end > this.#bytes.length) {
      const left = this.#bytes.length - this.#at;
      throw new UndecodableMessage(`${what}: ${length} bytes announced, ${left} left`);
    }
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }

  #expect(wireType: number, what: string): void {
    if (this.wireType !== wireType) {
      throw new UndecodableMessage(
        `${what}: wire type ${wireType} expected, found ${this.wireType}`,
      );
    }
  }
}

const utf8 = new TextEncoder();
// ignoreBOM: a leading U+FEFF is part of the string, not a mark to be dropped.
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
