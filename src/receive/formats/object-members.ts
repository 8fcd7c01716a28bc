import { type JsonBytes, unsure } from './json-bytes.ts';
import type { KeyTable } from './key-table.ts';

const QUOTE = 0x22;
const CLOSE_OBJECT = 0x7d;

/** Most places, and bytes of them, that are remembered at once. */
const MAX_PLACES = 512;
const MAX_BYTES = 16_384;
/** Read beyond the last byte that is remembered. */
const PADDING = 8;
/** Bodies of senders who never repeat themselves are read with what there is, before all is forgotten. */
const FULL_BODIES = 64;

/** Before the first member. */
const START = 0;
/** Where nothing is remembered of what comes next. */
const NOWHERE = 1;
/** START is behind no member. */
const NONE = 0;

/** The first n bytes of a little-endian word. */
const LOW_BYTES = Int32Array.of(0, 0xff, 0xffff, 0xffffff);

/**
 * Walks the members of JSON objects of one kind. They mostly have the same names in the same order, so what stands before
 * a value (comma, space, name, colon) is compared with a copy of what stood there in an object before; only where it
 * differs, the name is read and looked up.
 */
export class ObjectMembers {
  /** The number in the table of the member that {@link next} found; -1 for any other name. */
  member = -1;
  /** Behind the closing brace, once {@link next} has returned 0. */
  end = 0;
  readonly #json: JsonBytes;
  readonly #names: KeyTable;
  readonly #bytes = new Uint8Array(MAX_BYTES + PADDING);
  readonly #view = new DataView(this.#bytes.buffer);
  #usedBytes = 0;
  // By place: where its bytes begin in `#bytes` and how many there are, the member they name, and the places that came
  // behind it: two, as senders alternate between kinds of objects.
  readonly #from = zeros();
  readonly #length = zeros();
  readonly #member = zeros();
  readonly #next = zeros();
  readonly #other = zeros();
  #newest = NOWHERE;
  #last = START;
  #fullBodies = 0;

  constructor(json: JsonBytes, names: KeyTable) {
    this.#json = json;
    this.#names = names;
  }

  /** Before each body. */
  begin(): void {
    if (this.#newest + 1 < MAX_PLACES && this.#usedBytes < MAX_BYTES) return;
    this.#fullBodies += 1;
    if (this.#fullBodies < FULL_BODIES) return;
    this.#fullBodies = 0;
    this.#newest = NOWHERE;
    this.#usedBytes = 0;
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
    const known = this.#next[this.#last]!;
    if (known === NONE) return this.#read(from);
    if (!this.#standsAt(known, from)) return this.#nextOther(from);
    return this.#found(known, from);
  }

  #nextOther(from: number): number {
    const known = this.#other[this.#last]!;
    return known === NONE || !this.#standsAt(known, from)
      ? this.#read(from)
      : this.#found(known, from);
  }

  #found(known: number, from: number): number {
    const json = this.#json;
    this.#last = known;
    this.member = this.#member[known]!;
    const value = from + this.#length[known]!;
    return json.bytes[value]! > 0x20 ? value : json.pastSpace(value);
  }

  /**
   * Whether the bytes at `from` begin with the place's. Eight at a time as doubles: equal ones have equal bits, but for
   * zeros, and no byte that is remembered is 0. NaN, which only bytes beyond ASCII can be, equals nothing.
   */
  #standsAt(place: number, from: number): boolean {
    const ours = this.#view;
    const theirs = this.#json.view;
    const length = this.#length[place]!;
    let our = this.#from[place]!;
    let their = from;
    for (const last = our + length - 8; our <= last; our += 8) {
      if (ours.getFloat64(our, true) !== theirs.getFloat64(their, true)) return false;
      their += 8;
    }
    const left = length & 7;
    if (left >= 4) {
      if (ours.getInt32(our, true) !== theirs.getInt32(their, true)) return false;
      our += 4;
      their += 4;
    }
    const differing = ours.getInt32(our, true) ^ theirs.getInt32(their, true);
    return (differing & LOW_BYTES[left & 3]!) === 0;
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
    this.member = this.#names.find(json, at + 1, nameEnd);
    const value = json.pastColon(nameEnd);
    this.#remember(from, value - from);
    return value;
  }

  #remember(from: number, length: number): void {
    const last = this.#last;
    this.#last = NOWHERE;
    if (last === NOWHERE || this.#newest + 1 === MAX_PLACES) return;
    if (this.#usedBytes + length > MAX_BYTES) {
      this.#usedBytes = MAX_BYTES;
      return;
    }
    this.#newest += 1;
    const place = this.#newest;
    const start = this.#usedBytes;
    for (let i = 0; i < length; i += 1) this.#bytes[start + i] = this.#json.bytes[from + i]!;
    this.#usedBytes += length;
    this.#from[place] = start;
    this.#length[place] = length;
    this.#member[place] = this.member;
    this.#next[place] = NONE;
    this.#other[place] = NONE;
    this.#other[last] = this.#next[last]!;
    this.#next[last] = place;
    this.#last = place;
  }
}

/** Not typed: small integers in a plain array are quicker to get at. */
function zeros(): number[] {
  return Array.from({ length: MAX_PLACES }, () => 0);
}
