import { isAccessLog } from './access-log-json.ts';
import { FIELD_NAMES, fieldOfKey } from './access-log-keys.ts';
import { SLOT } from './access-log-slots.ts';
import { type ByteSource, textAt } from './byte-source.ts';

/** The key names no field. */
export const NO_FIELD = 31;
/** Beside a slot's number: this key makes the record an access log. */
export const OWN_KEY = 32;
export const SLOT_BITS = 31;

/** Keys from here on are longer than every name. */
export const LENGTHS = 32;
const COLON = 0x3a;

/** No spelling of a name has this length and first byte. */
export const IMPLAUSIBLE = 0;
/** The end of a chain. */
export const LAST = 255;
const MAX_SPELLINGS = 254;

/** A spelling's bytes, four by four; its last four overlap those before them unless its length is a multiple of 4. */
export const WORDS = LENGTHS / 4;
/** No name is shorter. */
const WORD = 4;

/**
 * Which field a key names, by its bytes: `fieldOfKey` and `isAccessLog` of its text, asked once for each spelling.
 * Most keys that name none are told by their length and first byte. (Only ASCII folds onto ASCII, but for the Kelvin
 * sign; no name holds a k.)
 *
 * Remembers a bounded number of spellings; when full it forgets all. Its tables are open to the one loop over every
 * attribute of every record, where calls would cost as much as what they do.
 */
export class KeySpellings {
  /** By length × 256 + first byte: the first spelling of its chain, LAST or IMPLAUSIBLE. */
  readonly chains = new Uint8Array(LENGTHS * 256);
  /** By spelling: the next of its chain. */
  readonly next = new Uint8Array(MAX_SPELLINGS + 1);
  /** By spelling: a slot's number or NO_FIELD, with or without OWN_KEY. */
  readonly meanings = new Uint8Array(MAX_SPELLINGS + 1);
  /** By spelling × WORDS: its bytes. */
  readonly words = new Int32Array((MAX_SPELLINGS + 1) * WORDS);
  #count = 0;

  constructor() {
    this.#forget();
  }

  /** The meaning of any key. */
  of(source: ByteSource, start: number, end: number): number {
    const length = end - start;
    if (length >= LENGTHS) return NO_FIELD;
    let spelling = this.chains[length * 256 + source.bytes[start]!]!;
    if (spelling === IMPLAUSIBLE) return NO_FIELD;
    while (spelling !== LAST) {
      if (this.#is(spelling, source, start, end)) return this.meanings[spelling]!;
      spelling = this.next[spelling]!;
    }
    return this.#learn(source, start, end);
  }

  #is(spelling: number, { view }: ByteSource, start: number, end: number): boolean {
    const last = end - WORD;
    let word = spelling * WORDS;
    for (let at = start; at < last; at += WORD) {
      if (view.getInt32(at, true) !== this.words[word++]) return false;
    }
    return view.getInt32(last, true) === this.words[word];
  }

  #learn(source: ByteSource, start: number, end: number): number {
    const key = textAt(source, start, end);
    const field = fieldOfKey(key);
    const slot = field === null ? NO_FIELD : SLOT[field];
    const meaning = slot | (isAccessLog({ [key]: '' }) ? OWN_KEY : 0);
    if (this.#count === MAX_SPELLINGS) this.#forget();
    this.#count++;
    const spelling = this.#count;
    const chain = (end - start) * 256 + source.bytes[start]!;
    const last = end - WORD;
    let word = spelling * WORDS;
    for (let at = start; at < last; at += WORD) {
      this.words[word++] = source.view.getInt32(at, true);
    }
    this.words[word] = source.view.getInt32(last, true);
    this.meanings[spelling] = meaning;
    this.next[spelling] = this.chains[chain]!;
    this.chains[chain] = spelling;
    return meaning;
  }

  #forget(): void {
    this.#count = 0;
    for (const name of FIELD_NAMES) {
      const first = name.charCodeAt(0);
      this.chains[name.length * 256 + first] = LAST;
      this.chains[name.length * 256 + (first & ~0x20)] = LAST;
      this.chains[(name.length + 1) * 256 + COLON] = LAST;
    }
  }
}
