import type { InternedBytes } from './interned-bytes.ts';
import { type JsonBytes, unsure } from './json-bytes.ts';
import { KeyTable } from './key-table.ts';
import { isProber, PROBERS } from './prober.ts';
import { ScannedOrigins } from './scanned-origin.ts';
import { INTERNED, NO_FACTS, SpanFacts } from './span-outcome.ts';
import { isError } from './zipkin-event.ts';
import { normalDuration, normalTimestamp } from './zipkin-json-span.ts';
import { FACT_TAG, NAMING_TAG } from './zipkin-names.ts';

/** What a value is to its span: the number of the tag or service name that it is, or one of these. */
export const FREE_TAG = {
  error: INTERNED,
  user_agent: INTERNED + 1,
  'http.url': INTERNED + 2,
  'guid:x-request-id': INTERNED + 3,
} as const;
export const VALUE = {
  /** A string that says nothing, but must be one. */
  text: INTERNED + 4,
  traceId: INTERNED + 5,
  id: INTERNED + 6,
  parentId: INTERNED + 7,
  timestamp: INTERNED + 8,
  duration: INTERNED + 9,
  port: INTERNED + 10,
  /** Any other whole number. */
  whole: INTERNED + 11,
} as const;

/** Values from here on are numbers, without quotes. */
export const IS_NUMBER = VALUE.timestamp;
/** By value: 1 for those that differ from span to span, or whose place must be known. */
export const ALWAYS_READ = new Uint8Array(VALUE.whole + 1);
for (const value of [
  VALUE.traceId,
  VALUE.id,
  VALUE.parentId,
  VALUE.timestamp,
  VALUE.duration,
  FREE_TAG['guid:x-request-id'],
]) {
  ALWAYS_READ[value] = 1;
}

export const TAGS = new KeyTable({ ...NAMING_TAG, ...FACT_TAG, ...FREE_TAG });

const BACKSLASH = 0x5c;
const MAX_PORT = 0xffff;
/** The first three bytes of each prober's name, which few other user agents begin with. */
const PROBER_STARTS = PROBERS.map(
  (name) => name.charCodeAt(0) | (name.charCodeAt(1) << 8) | (name.charCodeAt(2) << 16),
);
/** `false` with each letter escaped. */
const LONGEST_FALSE = 5 * '\\u0066'.length;

/** The values of one span at a time, as far as they say something. */
export class SpanValues {
  startUs: number | null = null;
  durationUs: number | null = null;
  // Where the characters of the ids stand in the body; `requestIdFrom` is 0 when there is none.
  traceIdFrom = 0;
  traceIdTo = 0;
  idFrom = 0;
  idTo = 0;
  requestIdFrom = 0;
  requestIdTo = 0;
  /** Those that it began with, until a value says otherwise. */
  facts = NO_FACTS;
  readonly #json: JsonBytes;
  readonly #strings: InternedBytes;
  readonly #origins: ScannedOrigins;
  readonly #facts = new SpanFacts();
  /** By number: the value met last, which often comes again. */
  readonly #last = new Int32Array(INTERNED);

  constructor(json: JsonBytes, strings: InternedBytes) {
    this.#json = json;
    this.#strings = strings;
    this.#origins = new ScannedOrigins(json, strings);
  }

  /** With the strings. */
  clear(): void {
    this.#last.fill(0);
    this.#origins.clear();
  }

  /** Before each span. `facts` are what it says where its values say nothing else. */
  begin(facts: SpanFacts): void {
    this.startUs = null;
    this.durationUs = null;
    this.requestIdFrom = 0;
    this.facts = facts;
  }

  /**
   * Takes the value whose characters begin at `from`, behind its quote if it has one. Returns where they end: at the
   * closing quote, or behind the last digit.
   */
  take(value: number, from: number): number {
    const json = this.#json;
    if (value < INTERNED) return this.#interned(value, from);
    switch (value) {
      case VALUE.text:
        return json.endOfString(from);
      case VALUE.traceId:
        this.traceIdFrom = from;
        this.traceIdTo = json.endOfHex(from, 32);
        if (json.zeros) unsure();
        return this.traceIdTo;
      case VALUE.id:
        this.idFrom = from;
        this.idTo = json.endOfHex(from, 16);
        if (json.zeros) unsure();
        return this.idTo;
      case VALUE.parentId:
        return json.endOfHex(from, 16);
      case VALUE.timestamp:
        from = json.pastWhole(from);
        this.startUs = normalTimestamp(json.whole);
        return from;
      case VALUE.duration:
        from = json.pastWhole(from);
        this.durationUs = normalDuration(json.whole);
        return from;
      case VALUE.port:
        from = json.pastWhole(from);
        if (json.whole > MAX_PORT) unsure();
        return from;
      case VALUE.whole:
        return json.pastWhole(from);
      default:
        return this.#free(value, from);
    }
  }

  #own(): SpanFacts {
    if (this.facts !== this.#facts) {
      this.#facts.set(this.facts);
      this.facts = this.#facts;
    }
    return this.#facts;
  }

  #interned(value: number, from: number): number {
    const json = this.#json;
    const strings = this.#strings;
    let number = this.#last[value]!;
    let end = strings.endIf(number, json, from);
    if (end === 0) {
      end = json.endOfString(from);
      number = strings.intern(json, from, end);
      this.#last[value] = number;
    }
    this.#own().numbers[value] = number;
    return end;
  }

  #free(value: number, from: number): number {
    const { facts } = this;
    const end = this.#json.endOfString(from);
    if (value === FREE_TAG['guid:x-request-id']) {
      this.requestIdFrom = from;
      this.requestIdTo = end;
    } else if (value === FREE_TAG['http.url']) {
      const mirrored = this.#origins.isMirrored(from, end);
      if (mirrored !== facts.mirrored) this.#own().mirrored = mirrored;
    } else if (value === FREE_TAG.user_agent) {
      const prober = this.#isProber(from, end);
      if (prober !== facts.prober) this.#own().prober = prober;
    } else {
      const error = end - from > LONGEST_FALSE || isError(this.#json.text(from, end));
      if (error !== facts.error) this.#own().error = error;
    }
    return end;
  }

  #isProber(from: number, to: number): boolean {
    const { bytes } = this.#json;
    const start = bytes[from]! | (bytes[from + 1]! << 8) | (bytes[from + 2]! << 16);
    for (const prober of PROBER_STARTS) {
      if (start === prober) return isProber(this.#json.text(from, to));
    }
    const escaped =
      bytes[from] === BACKSLASH || bytes[from + 1] === BACKSLASH || bytes[from + 2] === BACKSLASH;
    return escaped && isProber(this.#json.text(from, to));
  }
}
