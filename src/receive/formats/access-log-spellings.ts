import type { TextField } from './access-log-fields.ts';
import { isAccessLog } from './access-log-json.ts';
import { FIELD_NAMES, fieldOfKey } from './access-log-keys.ts';
import { SLOT } from './access-log-slots.ts';
import { type ByteSource, textAt } from './byte-source.ts';
import { ByteTable } from './byte-table.ts';

/** The key names no field. */
export const NO_FIELD = 31;
/** Beside a slot's number: this key makes the record an access log. */
export const OWN_KEY = 32;
const SLOT_BITS = 31;

const LENGTHS = 64;

/**
 * Which field a key names, by its bytes: `fieldOfKey` and `isAccessLog` of its text, asked once for each spelling.
 * Most keys that name none are told by their length and first byte. (Only ASCII folds onto ASCII, but for the Kelvin
 * sign; no name holds a k.)
 */
export class KeySpellings {
  readonly #spellings = new ByteTable<number>(512, 16_384);
  /** By length and first byte: 1 where a spelling of a name may be. */
  readonly #plausible = new Uint8Array(LENGTHS * 256);

  constructor() {
    for (const name of FIELD_NAMES) {
      const first = name.charCodeAt(0);
      this.#plausible[name.length * 256 + first] = 1;
      this.#plausible[name.length * 256 + (first & ~0x20)] = 1;
      this.#plausible[(name.length + 1) * 256 + COLON] = 1;
    }
  }

  /** A slot's number or {@link NO_FIELD}, with or without {@link OWN_KEY}. */
  of(source: ByteSource, start: number, end: number): number {
    const length = end - start;
    if (length >= LENGTHS || this.#plausible[length * 256 + source.bytes[start]!] !== 1) {
      return NO_FIELD;
    }
    const known = this.#spellings.find(source, start, end);
    return known ?? this.#learn(source, start, end);
  }

  #learn(source: ByteSource, start: number, end: number): number {
    const key = textAt(source, start, end);
    const field: TextField | null = fieldOfKey(key);
    const meaning =
      (field === null ? NO_FIELD : SLOT[field]) | (isAccessLog({ [key]: '' }) ? OWN_KEY : 0);
    this.#spellings.add(source, start, end, meaning);
    return meaning;
  }
}

const COLON = 0x3a;

export function slotOf(meaning: number): number {
  return meaning & SLOT_BITS;
}
