import { type JsonBytes, unsure } from './json-bytes.ts';
import type { KeyTable } from './key-table.ts';

const QUOTE = 0x22;
const CLOSE_OBJECT = 0x7d;

/** Most names that are remembered of one body, each with its place. */
const MAX_REMEMBERED = 512;
/** Before the first member. */
const START = 0;
/** Where no more is remembered. */
const FORGOTTEN = 1;
/** Neither of them is behind another member. */
const NONE = 0;

/**
 * Walks the members of JSON objects of one kind, all of one body. Objects after the first mostly have the same names in
 * the same order, so what stands before a value is compared with what stood there in an object before; only where it
 * differs, the name is read and looked up.
 */
export class ObjectMembers {
  /** The number in the table of the member that {@link next} found; -1 for any other name. */
  member = -1;
  /** Behind the closing brace, once {@link next} has returned 0. */
  end = 0;
  readonly #json: JsonBytes;
  readonly #names: KeyTable;
  // What stood before values: comma, space, name and colon. Where it begins in this body, how long it is, the member
  // that it names, and what came behind that member: two, as senders alternate between kinds of objects.
  readonly #from = zeros();
  readonly #length = zeros();
  readonly #member = zeros();
  readonly #next = zeros();
  readonly #other = zeros();
  #remembered = FORGOTTEN;
  #last = START;

  constructor(json: JsonBytes, names: KeyTable) {
    this.#json = json;
    this.#names = names;
  }

  /** Before each body. */
  reset(): void {
    this.#remembered = FORGOTTEN;
    this.#next[START] = NONE;
    this.#other[START] = NONE;
  }

  /** Where the first member's value begins, `from` being behind the opening brace; as {@link next}. */
  first(from: number): number {
    this.#last = START;
    return this.next(from);
  }

  /**
   * Where the next member's value begins, whose `member` is then set; 0 when the object ends, whose `end` is then set.
   * `from` is behind the value before.
   */
  next(from: number): number {
    const json = this.#json;
    const known = this.#next[this.#last]!;
    const length = this.#length[known]!;
    if (known === NONE || !json.same(this.#from[known]!, from, length))
      return this.#nextOther(from);
    this.#last = known;
    this.member = this.#member[known]!;
    const value = from + length;
    return json.bytes[value]! > 0x20 ? value : json.pastSpace(value);
  }

  #nextOther(from: number): number {
    const known = this.#other[this.#last]!;
    const length = this.#length[known]!;
    if (known === NONE || !this.#json.same(this.#from[known]!, from, length)) {
      return this.#read(from);
    }
    this.#last = known;
    this.member = this.#member[known]!;
    return this.#json.pastSpace(from + length);
  }

  #read(from: number): number {
    const json = this.#json;
    const { bytes } = json;
    let at = json.pastSpace(from);
    if (bytes[at] === CLOSE_OBJECT) {
      this.end = at + 1;
      return 0;
    }
    if (this.#last !== START) at = json.pastComma(at);
    if (bytes[at] !== QUOTE) unsure();
    const nameEnd = json.endOfPlainString(at + 1);
    this.member = this.#names.find(bytes, at + 1, nameEnd);
    const value = json.pastColon(nameEnd);
    this.#remember(from, value - from);
    return value;
  }

  #remember(from: number, length: number): void {
    const last = this.#last;
    const read = this.#remembered + 1;
    if (read === MAX_REMEMBERED) {
      this.#last = FORGOTTEN;
      return;
    }
    this.#remembered = read;
    this.#from[read] = from;
    this.#length[read] = length;
    this.#member[read] = this.member;
    this.#next[read] = NONE;
    this.#other[read] = NONE;
    this.#other[last] = this.#next[last]!;
    this.#next[last] = read;
    this.#last = read;
  }
}

/** Not typed: small integers in a plain array are quicker to get at. */
function zeros(): number[] {
  return Array.from({ length: MAX_REMEMBERED }, () => 0);
}
