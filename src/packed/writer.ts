import { Buffer } from 'node:buffer';
import { putVarint, VARINT_BYTES, varintLength, WIRE } from './wire.ts';

/** Messages up to this share memory with others: to allocate for each costs more than to write it. */
const SHARED_BYTES = 2048;
const SLAB_BYTES = 16_384;
/** What is left of a slab must be enough for most of those. */
const LEAST_BYTES = 4096;
/** More is not kept for the next message: a part has about a MB at most. */
const KEPT_BYTES = 1 << 21;
/** Tag, and the longest length prefix: 32 bits in groups of 7. */
const HEAD_BYTES = VARINT_BYTES + 5;
/** To write longer texts is quicker by the call that is made for it. */
const SHORT_TEXT = 24;

/**
 * Writes messages, one after the other, into memory that grows as needed. Who fills a column writes to `bytes` from
 * `at` on, after `reserve`, and sets `at`.
 */
export class Writer {
  bytes: Uint8Array = new Uint8Array(0);
  at = 0;
  /** The same bytes, with the call that writes text. */
  #text = newBuffer(0);
  /** For small messages, which stay where they were written, each from where the one before ended. */
  #slab = newBuffer(0);
  #start = 0;
  /** For larger ones, which begin where they would have in the slab and are copied out. */
  #large = newBuffer(0);

  /** Begins a message, whatever became of the one before. */
  begin(): void {
    if (this.#slab.length - this.#start < LEAST_BYTES) {
      this.#slab = newBuffer(SLAB_BYTES);
      this.#start = 0;
    }
    if (this.#large.length > KEPT_BYTES) this.#large = newBuffer(0);
    this.at = this.#start;
    this.#use(this.#slab);
  }

  /** What was written. It is not written to again, and shares its memory if it is small. */
  finish(): Uint8Array {
    const start = this.#start;
    const length = this.at - start;
    if (length > SHARED_BYTES || this.#text !== this.#slab) {
      return this.bytes.slice(start, this.at);
    }
    this.#start = this.at;
    return new Uint8Array(this.bytes.buffer, start, length);
  }

  /** A field without presence: left out when 0. */
  uint(field: number, value: number): void {
    if (value === 0) return;
    this.reserve(2 * VARINT_BYTES);
    this.at = putVarint(this.bytes, this.at, field * 8 + WIRE.varint);
    this.at = putVarint(this.bytes, this.at, value);
  }

  string(field: number, text: string): void {
    const { length } = text;
    const start = this.open(field, length);
    this.reserve(3 * length);
    if (length > SHORT_TEXT || !this.#putAscii(text)) {
      this.at = start + this.#text.write(text, start, 'utf8');
    }
    this.close(start, length);
  }

  delimited(field: number, value: Uint8Array): void {
    const start = this.open(field, value.length);
    this.reserve(value.length);
    this.bytes.set(value, this.at);
    this.at += value.length;
    this.close(start, value.length);
  }

  /**
   * Begins a length-delimited field; what is written until {@link close} is its content. `expected` is how long that
   * may become: when its length takes as many bytes, nothing has to be moved. Returns what `close` asks for.
   */
  open(field: number, expected: number): number {
    this.reserve(HEAD_BYTES);
    this.at = putVarint(this.bytes, this.at, field * 8 + WIRE.delimited) + varintLength(expected);
    return this.at;
  }

  close(start: number, expected: number): void {
    const length = this.at - start;
    const room = varintLength(expected);
    const needed = varintLength(length);
    if (needed !== room) {
      this.reserve(needed);
      this.bytes.copyWithin(start - room + needed, start, this.at);
      this.at += needed - room;
    }
    putVarint(this.bytes, start - room, length);
  }

  reserve(more: number): void {
    const needed = this.at + more;
    if (needed <= this.bytes.length) return;
    const before = this.bytes;
    if (needed > this.#large.length) this.#large = newBuffer(2 * (needed + SLAB_BYTES));
    this.#use(this.#large);
    this.bytes.set(before.subarray(this.#start, this.at), this.#start);
  }

  #use(buffer: Buffer): void {
    if (buffer === this.#text) return;
    this.#text = buffer;
    this.bytes = new Uint8Array(buffer.buffer);
  }

  /** False, and nothing is written, when it is not ASCII. */
  #putAscii(text: string): boolean {
    const { bytes, at } = this;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit >= 0x80) return false;
      bytes[at + i] = unit;
    }
    this.at = at + text.length;
    return true;
  }
}

/** With memory of its own. */
function newBuffer(length: number): Buffer {
  return Buffer.from(new ArrayBuffer(length));
}
