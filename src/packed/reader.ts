import { Buffer } from 'node:buffer';
import { UndecodableMessage } from './errors.ts';
import { WIRE } from './wire.ts';

/**
 * Reads one message and those within it. Every read is checked against the end; what cannot be read throws
 * UndecodableMessage.
 */
export class Reader {
  /** Number and wire type of the field that the last `next` found. */
  field = 0;
  wireType = 0;
  readonly bytes: Uint8Array;
  /** Where the message that is read goes on and ends. */
  at: number;
  end: number;
  #buffer: Buffer | null = null;

  constructor(bytes: Uint8Array, from = 0, to = bytes.length) {
    this.bytes = bytes;
    this.at = from;
    this.end = to;
  }

  get done(): boolean {
    return this.at >= this.end;
  }

  /** Moves on to the next field; false at the end of the message. */
  next(): boolean {
    if (this.at >= this.end) return false;
    const byte = this.bytes[this.at]!;
    let tag = byte;
    if (byte < 0x80) this.at++;
    else tag = this.uint32('tag');
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
      const byte = this.bytes[this.at++]!;
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

  /** Passes over a length-delimited field; its content begins at what this returns and ends at `at`. */
  delimited(what: string): number {
    this.#expect(WIRE.delimited, what);
    const { at } = this;
    const byte = at < this.end ? this.bytes[at]! : 0x80;
    let length = byte;
    if (byte < 0x80) this.at++;
    else length = this.uint32(what);
    return this.#pass(length, what);
  }

  /** Goes into a length-delimited field, whose fields `next` finds now. Returns what {@link leave} asks for. */
  enter(what: string): number {
    const start = this.delimited(what);
    const outer = this.end;
    this.end = this.at;
    this.at = start;
    return outer;
  }

  /** Goes on behind the field that was read to its end. */
  leave(outer: number): void {
    this.end = outer;
  }

  /** A text of length-delimited bytes. */
  string(what: string): string {
    const start = this.delimited(what);
    return this.text(start, this.at, what);
  }

  /** The bytes between, which are in the message, as text. */
  text(from: number, to: number, what: string): string {
    if (!this.#isAscii(from, to)) return this.#unicode(from, to, what);
    return this.#asBuffer().toString('latin1', from, to);
  }

  /** Passes over a text; it throws where {@link Reader.string} would. */
  skipString(what: string): void {
    const start = this.delimited(what);
    if (!this.#isAscii(start, this.at)) this.#unicode(start, this.at, what);
  }

  /** The bytes between, which are in the message, in lower hex. */
  hex(from: number, to: number): string {
    return this.#asBuffer().toString('hex', from, to);
  }

  /** Passes over the field, as every reader does with fields it does not know. */
  skip(): void {
    const what = `field ${this.field}`;
    if (this.wireType === WIRE.varint) this.varint(what, Number.POSITIVE_INFINITY);
    else if (this.wireType === WIRE.fixed64) this.#pass(8, what);
    else if (this.wireType === WIRE.delimited) this.delimited(what);
    else if (this.wireType === WIRE.fixed32) this.#pass(4, what);
    else throw new UndecodableMessage(`${what}: wire type ${this.wireType} is not known`);
  }

  #isAscii(from: number, to: number): boolean {
    const { bytes } = this;
    let all = 0;
    for (let at = from; at < to; at++) all |= bytes[at]!;
    return all < 0x80;
  }

  #unicode(from: number, to: number, what: string): string {
    try {
      return strictUtf8.decode(this.bytes.subarray(from, to));
    } catch {
      throw new UndecodableMessage(`${what}: not UTF-8`);
    }
  }

  #asBuffer(): Buffer {
    const { buffer, byteOffset, length } = this.bytes;
    this.#buffer ??= Buffer.from(buffer, byteOffset, length);
    return this.#buffer;
  }

  #pass(length: number, what: string): number {
    const start = this.at;
    if (length > this.end - start) {
      const left = this.end - start;
      throw new UndecodableMessage(`${what}: ${length} bytes announced, ${left} left`);
    }
    this.at = start + length;
    return start;
  }

  #expect(wireType: number, what: string): void {
    if (this.wireType !== wireType) {
      throw new UndecodableMessage(
        `${what}: wire type ${wireType} expected, found ${this.wireType}`,
      );
    }
  }
}

// ignoreBOM: a leading U+FEFF is part of the string, not a mark to be dropped.
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
