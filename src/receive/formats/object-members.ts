import { type JsonBytes, unsure } from './json-bytes.ts';
import type { KeyTable } from './key-table.ts';

const QUOTE = 0x22;
const CLOSE_OBJECT = 0x7d;

/** Walks the members of JSON objects of one kind, one object at a time. Of a name that comes twice it is unsure. */
export class ObjectMembers {
  /** The number in the table of the member that {@link next} found; -1 for any other name. */
  member = -1;
  /** Bit n: the object has had the member of number n. */
  seen = 0;
  /** Behind the closing brace, once {@link next} has returned 0. */
  end = 0;
  readonly #json: JsonBytes;
  readonly #names: KeyTable;

  constructor(json: JsonBytes, names: KeyTable) {
    this.#json = json;
    this.#names = names;
  }

  /** Where the first member's value begins, `from` being behind the opening brace; as {@link next}. */
  first(from: number): number {
    this.seen = 0;
    return this.#read(this.#json.pastSpace(from), true);
  }

  /**
   * Where the next member's value begins, whose `member` is then set; 0 when the object ends, whose `end` is then set.
   * `from` is behind the value before.
   */
  next(from: number): number {
    return this.#read(this.#json.pastSpace(from), false);
  }

  #read(from: number, first: boolean): number {
    const json = this.#json;
    const { bytes } = json;
    if (bytes[from] === CLOSE_OBJECT) {
      this.end = from + 1;
      return 0;
    }
    const name = first ? from : json.pastComma(from);
    if (bytes[name] !== QUOTE) unsure();
    const nameEnd = json.endOfPlainString(name + 1);
    const member = this.#names.find(json, name + 1, nameEnd);
    this.member = member;
    if (member >= 0) {
      // JSON.parse takes the last.
      if ((this.seen & (1 << member)) !== 0) unsure();
      this.seen |= 1 << member;
    }
    return json.pastColon(nameEnd);
  }
}
