import {
  CLOSE_OBJECT,
  COLON,
  COMMA,
  endOfPlainString,
  type JsonBytes,
  pastSpace,
  QUOTE,
  sameBytes,
  unsure,
} from './json-bytes.ts';
import type { KeyTable } from './key-table.ts';

/** A power of two. Members behind that many are found by their names alone. */
const REMEMBERED = 32;
/** Remembered for each place, as senders alternate between kinds of spans. */
const WAYS = 2;

/**
 * Walks the members of JSON objects of one kind, all of one body. Objects after the first mostly have the same names in
 * the same order, so what stood between two values (comma, space, name, colon) is compared with what stands there now;
 * where it differs, the name is read and looked up.
 */
export class ObjectMembers {
  /** The number in the table of the member that {@link next} found; -1 for any other name. */
  member = -1;
  /** Behind the closing brace, once {@link next} has returned 0. */
  end = 0;
  readonly #json: JsonBytes;
  readonly #names: KeyTable;
  // Of what stood before a member's value: where it begins in this body, its length (0: none yet) and the member.
  readonly #from = new Int32Array(REMEMBERED * WAYS);
  readonly #length = new Int32Array(REMEMBERED * WAYS);
  readonly #member = new Int32Array(REMEMBERED * WAYS);
  readonly #oldest = new Uint8Array(REMEMBERED);

  constructor(json: JsonBytes, names: KeyTable) {
    this.#json = json;
    this.#names = names;
  }

  /** Before each body. */
  reset(): void {
    this.#length.fill(0);
  }

  /**
   * Where the value of the object's `index`th member begins, whose `member` is then set; 0 when the object ends, whose
   * `end` is then set. `from` is behind the opening brace or behind the value before.
   */
  next(from: number, index: number): number {
    const json = this.#json;
    const first = WAYS * index;
    if (index < REMEMBERED) {
      for (let way = first; way < first + WAYS; way += 1) {
        const length = this.#length[way]!;
        if (length > 0 && sameBytes(json, this.#from[way]!, from, length)) {
          this.member = this.#member[way]!;
          const value = from + length;
          return json.bytes[value]! > 0x20 ? value : pastSpace(json.bytes, value);
        }
      }
    }
    const value = this.#read(from, index);
    if (value > 0 && index < REMEMBERED) {
      const way = first + this.#oldest[index]!;
      this.#oldest[index] = (this.#oldest[index]! + 1) % WAYS;
      this.#from[way] = from;
      this.#length[way] = value - from;
      this.#member[way] = this.member;
    }
    return value;
  }

  #read(from: number, index: number): number {
    const json = this.#json;
    const { bytes } = json;
    let at = pastSpace(bytes, from);
    if (bytes[at] === CLOSE_OBJECT) {
      this.end = at + 1;
      return 0;
    }
    if (index > 0) {
      if (bytes[at] !== COMMA) unsure();
      at = pastSpace(bytes, at + 1);
    }
    if (bytes[at] !== QUOTE) unsure();
    const nameEnd = endOfPlainString(json, at + 1);
    this.member = this.#names.find(bytes, at + 1, nameEnd);
    at = pastSpace(bytes, nameEnd + 1);
    if (bytes[at] !== COLON) unsure();
    return pastSpace(bytes, at + 1);
  }
}
