import { decodeText } from './json-scan.ts';

/** The bytes are no protobuf message: cut short, a length past the end, an impossible tag or wire type. */
export class MalformedWire extends Error {
  override readonly name = 'MalformedWire';
}

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const GROUP_START = 3;
const GROUP_END = 4;
const FIXED32 = 5;
const MAX_VARINT_BYTES = 10;
const MAX_GROUPS = 64;

/**
 * Walks the fields of one protobuf message, lazily and without a schema. After {@link next} has said true, call at
 * most one of the readers; a field that is not read, or has another wire type than its reader wants, is skipped.
 *
 * Every method throws {@link MalformedWire} rather than read past the end.
 * Encoding: protobuf.dev/programming-guides/encoding.
 */
export class WireReader {
  /** Number of the current field. */
  field = 0;
  /** Where the message that {@link extent} found begins and ends. */
  start = 0;
  end = 0;
  readonly #bytes: Uint8Array;
  readonly #limit: number;
  #wireType = VARINT;
  #at: number;
  #unread = false;

  /** The message is the bytes from `start` to `end`. */
  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#at = start;
    this.#limit = end;
  }

  next(): boolean {
    if (this.#unread) this.#skipValue();
    if (this.#at >= this.#limit) return false;
    this.#readTag();
    if (this.#wireType === GROUP_END) throw new MalformedWire('a group ends that never began');
    this.#unread = true;
    return true;
  }

  /** A view into the message: a string, bytes or an embedded message. Null when the field is not one. */
  bytes(): Uint8Array | null {
    if (!this.#take(LENGTH_DELIMITED)) return null;
    return this.#delimited();
  }

  /** As {@link bytes}, without making the view: sets {@link start} and {@link end}. False when the field is none. */
  extent(): boolean {
    if (!this.#take(LENGTH_DELIMITED)) return false;
    this.start = this.#advance(this.#size());
    this.end = this.#at;
    return true;
  }

  /** A string; invalid UTF-8 in it becomes U+FFFD. Null when the field is none. */
  text(): string | null {
    const bytes = this.bytes();
    return bytes === null ? null : decodeText(bytes);
  }

  /** A fixed64, unsigned. Null when the field is none. */
  fixed64(): bigint | null {
    if (!this.#take(FIXED64)) return null;
    const start = this.#advance(8);
    return (BigInt(this.#word(start + 4)) << 32n) | BigInt(this.#word(start));
  }

  /** A varint, as the unsigned 64 bits on the wire. Null when the field is none. */
  varint(): bigint | null {
    if (!this.#take(VARINT)) return null;
    return this.#varint64();
  }

  #take(wireType: number): boolean {
    if (!this.#unread || this.#wireType !== wireType) return false;
    this.#unread = false;
    return true;
  }

  #readTag(): void {
    const tag = this.#size();
    if (tag > 0xffffffff) throw new MalformedWire(`tag ${tag} is over 32 bits`);
    this.field = tag >>> 3;
    this.#wireType = tag & 7;
    if (this.field === 0) throw new MalformedWire('field number 0');
  }

  #skipValue(): void {
    this.#unread = false;
    if (this.#wireType === GROUP_START) this.#skipGroup(this.field);
    else this.#skipPlain();
  }

  #skipPlain(): void {
    if (this.#wireType === VARINT) this.#size();
    else if (this.#wireType === FIXED64) this.#advance(8);
    else if (this.#wireType === LENGTH_DELIMITED) this.#advance(this.#size());
    else if (this.#wireType === FIXED32) this.#advance(4);
    else throw new MalformedWire(`wire type ${this.#wireType} of field ${this.field}`);
  }

  #skipGroup(first: number): void {
    const open = [first];
    while (open.length > 0) {
      this.#readTag();
      if (this.#wireType === GROUP_START) open.push(this.field);
      else if (this.#wireType !== GROUP_END) this.#skipPlain();
      else if (open.pop() !== this.field) throw new MalformedWire(`group ${this.field} ends askew`);
      if (open.length > MAX_GROUPS) throw new MalformedWire(`over ${MAX_GROUPS} nested groups`);
    }
  }

  #delimited(): Uint8Array {
    const start = this.#advance(this.#size());
    return this.#bytes.subarray(start, this.#at);
  }

  /** A varint as a number: exact below 2^53, above it still larger than any tag or length may be. */
  #size(): number {
    let value = 0;
    let weight = 1;
    for (let count = 0; count < MAX_VARINT_BYTES; count++) {
      const byte = this.#bytes[this.#advance(1)]!;
      value += (byte & 0x7f) * weight;
      if (byte < 0x80) return value;
      weight *= 128;
    }
    throw new MalformedWire('a varint of more than ten bytes');
  }

  #varint64(): bigint {
    let value = 0n;
    for (let count = 0; count < MAX_VARINT_BYTES; count++) {
      const byte = this.#bytes[this.#advance(1)]!;
      value |= BigInt(byte & 0x7f) << BigInt(7 * count);
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new MalformedWire('a varint of more than ten bytes');
  }

  #word(at: number): number {
    const bytes = this.#bytes;
    const high = bytes[at + 3]! * 0x1000000;
    return high + ((bytes[at + 2]! << 16) | (bytes[at + 1]! << 8) | bytes[at]!);
  }

  /** Returns where the `count` bytes begin. */
  #advance(count: number): number {
    const start = this.#at;
    if (start + count > this.#limit) {
      throw new MalformedWire(
        `${count} bytes wanted at ${start}, the message ends at ${this.#limit}`,
      );
    }
    this.#at = start + count;
    return start;
  }
}

/**
 * Calls `each` with where every message under `field` begins and ends, in the message at `start`–`end`. Returns why
 * the bytes stop being a message, null when they do not.
 */
export function eachMessage(
  bytes: Uint8Array,
  start: number,
  end: number,
  field: number,
  each: (start: number, end: number) => void,
): string | null {
  try {
    const reader = new WireReader(bytes, start, end);
    while (reader.next()) {
      if (reader.field === field && reader.extent()) each(reader.start, reader.end);
    }
    return null;
  } catch (error) {
    if (error instanceof MalformedWire) return error.message;
    throw error;
  }
}
