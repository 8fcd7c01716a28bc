import type { Piece } from './column-reader.ts';
import { FIELD } from './columns-fields.ts';
import { UndecodableMessage } from './errors.ts';
import type { Reader } from './reader.ts';

const NO_BYTES = new Uint8Array(0);
const NAMES = Array.from({ length: FIELD.spans + 1 }, (_, field) => `column ${field}`);

/**
 * Where the columns of a message lie among its bytes; one object for one message after the other. As a piece, it is the
 * one that was found last.
 */
export class Pieces implements Piece {
  bytes: Uint8Array = NO_BYTES;
  from = 0;
  to = 0;
  /** By field number where it begins and ends; 0 where it is left out, as none can begin before its tag. */
  readonly #ends: Int32Array;

  /** @param last the highest field number of a column */
  constructor(last: number) {
    this.#ends = new Int32Array(2 * last + 2);
  }

  begin(bytes: Uint8Array): void {
    this.bytes = bytes;
    for (let i = 0; i < this.#ends.length; i++) this.#ends[i] = 0;
  }

  get length(): number {
    return this.to - this.from;
  }

  /** Notes the field that the reader is at, and passes over it. */
  take(reader: Reader): void {
    const { field } = reader;
    const name = NAMES[field]!;
    if (this.has(field)) throw new UndecodableMessage(`${name} is not in one piece`);
    this.#ends[2 * field] = reader.delimited(name);
    this.#ends[2 * field + 1] = reader.at;
  }

  has(field: number): boolean {
    return this.#ends[2 * field] !== 0;
  }

  find(field: number): boolean {
    this.from = this.#ends[2 * field]!;
    this.to = this.#ends[2 * field + 1]!;
    return this.from !== 0;
  }
}
