import { Derived } from './derived.ts';
import { grpcStatusOf } from './grpc-status.ts';
import type { InternedBytes } from './interned-bytes.ts';
import { BACKSLASH, endOfString, type JsonBytes, QUOTE, unsure } from './json-bytes.ts';
import { KeyTable } from './key-table.ts';
import { ObjectMembers } from './object-members.ts';
import { isProber, PROBERS } from './prober.ts';
import { ScannedOrigins } from './scanned-origin.ts';
import { codeOf, detailsOf, flagsOf, hostOf, isError, traitsOf } from './zipkin-event.ts';
import { NAMES, NAMING_TAG } from './zipkin-names.ts';
import type { StagedSpan } from './zipkin-staged.ts';

/** Tags of few different values, interned like {@link NAMING_TAG}. */
const FACT_TAG = {
  response_flags: NAMES,
  upstream_address: NAMES + 1,
  'http.status_code': NAMES + 2,
  'http.response.status_code': NAMES + 3,
  'grpc.status_code': NAMES + 4,
  'rpc.grpc.status_code': NAMES + 5,
  'otel.status_code': NAMES + 6,
} as const;
const INTERNED = NAMES + 7;
/** Tags of any values: where they stand is enough. */
const FREE_TAG = {
  error: INTERNED,
  user_agent: INTERNED + 1,
  'http.url': INTERNED + 2,
  'guid:x-request-id': INTERNED + 3,
} as const;
const ALL = INTERNED + 4;

const TAGS = new KeyTable({ ...NAMING_TAG, ...FACT_TAG, ...FREE_TAG });
const NO_TAGS = new KeyTable({});
const PROBER_INITIALS = new Set([...PROBERS.map((prober) => prober.charCodeAt(0)), BACKSLASH]);
/** `false` with each letter escaped. */
const LONGEST_FALSE = 5 * '\\u0066'.length;

/** The tags of one SERVER span at a time, as far as they say something. */
export class ScannedTags {
  /** By NAMING_TAG and FACT_TAG: the number of the interned value, 0 where the span has none. */
  readonly numbers = new Int32Array(INTERNED);
  readonly #json: JsonBytes;
  readonly #strings: InternedBytes;
  /** Where the characters of each tag's value begin and end; 0 where the span has none. */
  readonly #from = new Int32Array(ALL);
  readonly #to = new Int32Array(ALL);
  /** By NAMING_TAG and FACT_TAG: the value met last, which often comes again. */
  readonly #last = new Int32Array(INTERNED);
  readonly #members: ObjectMembers;
  readonly #unread: ObjectMembers;
  readonly #origins: ScannedOrigins;
  readonly #codes: Derived<number | null>;
  readonly #grpcStatuses: Derived<number | null>;
  readonly #flags: Derived<number>;
  readonly #hosts: Derived<string | null>;

  constructor(json: JsonBytes, strings: InternedBytes) {
    this.#json = json;
    this.#strings = strings;
    this.#members = new ObjectMembers(json, TAGS);
    this.#unread = new ObjectMembers(json, NO_TAGS);
    this.#origins = new ScannedOrigins(json, strings);
    this.#codes = new Derived(strings, codeOf);
    this.#grpcStatuses = new Derived(strings, (text) => grpcStatusOf(text ?? null));
    this.#flags = new Derived(strings, flagsOf);
    this.#hosts = new Derived(strings, hostOf);
  }

  /** With `strings`. */
  clear(): void {
    this.#last.fill(0);
    this.#origins.clear();
    this.#codes.clear();
    this.#grpcStatuses.clear();
    this.#flags.clear();
    this.#hosts.clear();
  }

  resetBody(): void {
    this.#members.reset();
    this.#unread.reset();
  }

  /** Before each span. */
  reset(): void {
    this.numbers.fill(0);
    this.#from.fill(0);
  }

  /** From behind the opening brace to behind the closing one. Values other than strings are left to the plain reader. */
  read(from: number): number {
    const members = this.#members;
    let at = from;
    for (let i = 0; ; i += 1) {
      at = members.next(at, i);
      if (at === 0) return members.end;
      if (this.#json.bytes[at] !== QUOTE) unsure();
      const { member } = members;
      at = 1 + (member < 0 ? endOfString(this.#json, at + 1) : this.#value(member, at + 1));
    }
  }

  /** As {@link read}, of a span whose tags say nothing. */
  skip(from: number): number {
    const members = this.#unread;
    let at = from;
    for (let i = 0; ; i += 1) {
      at = members.next(at, i);
      if (at === 0) return members.end;
      if (this.#json.bytes[at] !== QUOTE) unsure();
      at = 1 + endOfString(this.#json, at + 1);
    }
  }

  /** Past an endpoint's service name, which is kept like a tag's value. */
  pastName(from: number, service: number): number {
    if (this.#json.bytes[from] !== QUOTE) unsure();
    return this.#internedValue(service, from + 1) + 1;
  }

  stage(span: StagedSpan): void {
    const { numbers } = this;
    const code = this.#codes.of(
      numbers[FACT_TAG['http.status_code']]! || numbers[FACT_TAG['http.response.status_code']]!,
    );
    const grpcStatus = this.#grpcStatuses.of(
      numbers[FACT_TAG['grpc.status_code']]! || numbers[FACT_TAG['rpc.grpc.status_code']]!,
    );
    span.code = code ?? 0;
    span.grpcStatus = grpcStatus;
    span.flags = this.#flags.of(numbers[FACT_TAG.response_flags]!);
    span.host = this.#hosts.of(numbers[FACT_TAG.upstream_address]!);
    span.details =
      code === null && grpcStatus === null
        ? detailsOf(code, grpcStatus, this.#isError(), this.#otelStatus())
        : null;
    span.traits = traitsOf(this.#isProber(), this.#isMirrored(), code);
    span.requestIdFrom = this.#from[FREE_TAG['guid:x-request-id']]!;
    span.requestIdTo = this.#to[FREE_TAG['guid:x-request-id']]!;
  }

  /** The end of a known tag's value that begins at `from`. */
  #value(tag: number, from: number): number {
    // Of a name that comes twice, JSON.parse takes the last.
    if (this.#from[tag] !== 0) unsure();
    this.#from[tag] = from;
    if (tag >= INTERNED) {
      this.#to[tag] = endOfString(this.#json, from);
      return this.#to[tag]!;
    }
    return this.#internedValue(tag, from);
  }

  #internedValue(tag: number, from: number): number {
    const json = this.#json;
    const last = this.#last[tag]!;
    const known = this.#strings.endIf(last, json, from);
    if (known > 0) {
      this.numbers[tag] = last;
      return known;
    }
    const end = endOfString(json, from);
    const number = this.#strings.intern(json, from, end);
    this.numbers[tag] = number;
    this.#last[tag] = number;
    return end;
  }

  #text(tag: number): string | undefined {
    const from = this.#from[tag]!;
    return from === 0 ? undefined : this.#json.text(from, this.#to[tag]!);
  }

  #isError(): boolean {
    const tag = FREE_TAG.error;
    const from = this.#from[tag]!;
    return from !== 0 && (this.#to[tag]! - from > LONGEST_FALSE || isError(this.#text(tag)));
  }

  #otelStatus(): string | undefined {
    const number = this.numbers[FACT_TAG['otel.status_code']]!;
    return number === 0 ? undefined : this.#strings.text(number);
  }

  #isProber(): boolean {
    const tag = FREE_TAG.user_agent;
    const from = this.#from[tag]!;
    return (
      from !== 0 &&
      PROBER_INITIALS.has(this.#json.bytes[from]!) &&
      isProber(this.#text(tag) ?? null)
    );
  }

  #isMirrored(): boolean {
    const from = this.#from[FREE_TAG['http.url']]!;
    return from !== 0 && this.#origins.isMirrored(from, this.#to[FREE_TAG['http.url']]!);
  }
}
