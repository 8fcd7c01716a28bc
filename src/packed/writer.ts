import { Buffer } from 'node:buffer';
import { putVarint, VARINT_BYTES, varintLength, WIRE } from './wire.ts';

const FIRST_BYTES = 4096;
/** Longer ones are not kept for the next message: a part has about a MB at most. */
const KEPT_BYTES = 1 << 21;
/** Tag, and the longest length prefix: 32 bits in groups of 7. */
const HEAD_BYTES = VARINT_BYTES + 5;
/** A message up to this shares memory with others: to allocate for each costs more than to write it. */
const SHARED_BYTES = 2048;
const SLAB_BYTES = 16_384;

/**
 * Writes messages, one after the other, into one piece of memory that grows as needed. Who fills a column writes to
 * `bytes` from `at` on, after `reserve`, and sets `at`.
 */
export class Writer {
  bytes = new Uint8Array(FIRST_BYTES);
  at = 0;
  #text = Buffer.from(this.bytes.buffer);
  #slab = new ArrayBuffer(SLAB_BYTES);
  #slabUsed = 0;

  /** Begins a message, whatever became of the one before. */
  begin(): void {
    this.at = 0;
    if (this.bytes.length > KEPT_BYTES) this.#allocate(FIRST_BYTES);
  }

  /** A copy of what was written. */
  finish(): Uint8Array {
    const length = this.at;
    if (length > SHARED_BYTES) return this.bytes.slice(0, length);
    if (this.#slabUsed + length > SLAB_BYTES) {
      this.#slab = new ArrayBuffer(SLAB_BYTES);
      this.#slabUsed = 0;
    }
    const message = new Uint8Array(this.#slab, this.#slabUsed, length);
    message.set(this.bytes.subarray(0, length));
    this.#slabUsed += length;
    return message;
  }

  /** A field without presence: left out when 0. */
  uint(field: number, value: number): void {
    if (value === 0) return;
    this.reserve(2 * VARINT_BYTES);
    this.at = putVarint(this.bytes, this.at, field * 8 + WIRE.varint);
    this.at = putVarint(this.bytes, this.at, value);
  }

  string(field: number, text: string): void {
    const start = this.open(field, text.length);
    this.reserve(3 * text.length);
    this.at += this.#text.write(text, this.at, 'utf8');
    this.close(start, text.length);
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
    if (needed > this.bytes.length) this.#allocate(Math.max(this.bytes.length * 2, needed));
  }

  #allocate(length: number): void {
    const before = this.bytes;
    this.bytes = new Uint8Array(length);
    this.bytes.set(before.subarray(0, this.at));
    this.#text = Buffer.from(this.bytes.buffer);
  }
}
