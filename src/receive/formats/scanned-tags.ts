import { Derived } from './derived.ts';
import { flagsOf, hostOf } from './envoy-facts.ts';
import { grpcStatusOf } from './grpc-status.ts';
import type { InternedBytes } from './interned-bytes.ts';
import { type JsonBytes, unsure } from './json-bytes.ts';
import { KeyTable } from './key-table.ts';
import { ObjectMembers } from './object-members.ts';
import { isProber, PROBERS } from './prober.ts';
import { ScannedOrigins } from './scanned-origin.ts';
import { codeOf, detailsOf, isError, traitsOf } from './zipkin-event.ts';
import { LOCAL_SERVICE, NAMES, NAMING_TAG, REMOTE_SERVICE } from './zipkin-names.ts';
import type { StagedSpan } from './zipkin-staged.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

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
const FREE = 4;

const TAGS = new KeyTable({ ...NAMING_TAG, ...FACT_TAG, ...FREE_TAG });
const NO_TAGS = new KeyTable({});
/** The first three bytes of each prober's name, which few other user agents begin with. */
const PROBER_STARTS = PROBERS.map(
  (name) => name.charCodeAt(0) | (name.charCodeAt(1) << 8) | (name.charCodeAt(2) << 16),
);
/** `false` with each letter escaped. */
const LONGEST_FALSE = 5 * '\\u0066'.length;

/** The tags of one SERVER span at a time, as far as they say something. */
export class ScannedTags {
  /** By NAMING_TAG and FACT_TAG: the number of the interned value, 0 where the span has none. */
  readonly numbers = new Int32Array(INTERNED);
  readonly #json: JsonBytes;
  readonly #strings: InternedBytes;
  /** Bit n: the span has the tag of number n. */
  #seen = 0;
  /** By FREE_TAG, less INTERNED: where the characters of the value begin and end. */
  readonly #from = new Int32Array(FREE);
  readonly #to = new Int32Array(FREE);
  /** Of the local and the remote service's name; 0 where the span has none. */
  readonly #nameFrom = [0, 0];
  readonly #nameTo = [0, 0];
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

  /** Before each body. */
  begin(): void {
    this.#members.begin();
    this.#unread.begin();
  }

  /** Before each span. */
  reset(): void {
    this.#seen = 0;
    this.#nameFrom[0] = 0;
    this.#nameFrom[1] = 0;
    // Quicker than `fill` for so few.
    for (let i = 0; i < INTERNED; i += 1) this.numbers[i] = 0;
  }

  /** From behind the opening brace to behind the closing one. Values other than strings are left to the plain reader. */
  read(from: number): number {
    const members = this.#members;
    let at = members.first(from);
    for (; at !== 0; at = members.next(at)) {
      if (this.#json.bytes[at] !== QUOTE) unsure();
      const { member } = members;
      at = 1 + (member < 0 ? this.#json.endOfString(at + 1) : this.#value(member, at + 1));
    }
    return members.end;
  }

  /** As {@link read}, of a span whose tags say nothing. */
  skip(from: number): number {
    const members = this.#unread;
    let at = members.first(from);
    for (; at !== 0; at = members.next(at)) {
      if (this.#json.bytes[at] !== QUOTE) unsure();
      at = 1 + this.#json.endOfString(at + 1);
    }
    return members.end;
  }

  /** Past an endpoint's service name, which is kept like a tag's value once it is known to matter. */
  pastName(from: number, service: number): number {
    if (this.#json.bytes[from] !== QUOTE) unsure();
    const end = this.#json.endOfString(from + 1);
    this.#nameFrom[service - LOCAL_SERVICE] = from + 1;
    this.#nameTo[service - LOCAL_SERVICE] = end;
    return end + 1;
  }

  /** What the tags say goes into `span`, who they name into {@link numbers}. */
  stage(span: StagedSpan): void {
    const { numbers } = this;
    this.#internName(LOCAL_SERVICE);
    this.#internName(REMOTE_SERVICE);
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
    const requestId = FREE_TAG['guid:x-request-id'];
    span.requestIdFrom = this.#has(requestId) ? this.#from[requestId - INTERNED]! : 0;
    span.requestIdTo = this.#to[requestId - INTERNED]!;
  }

  /** The end of a known tag's value that begins at `from`. */
  #value(tag: number, from: number): number {
    // Of a name that comes twice, JSON.parse takes the last.
    if (this.#has(tag)) unsure();
    this.#seen |= 1 << tag;
    if (tag < INTERNED) return this.#internedValue(tag, from);
    const end = this.#json.endOfString(from);
    this.#from[tag - INTERNED] = from;
    this.#to[tag - INTERNED] = end;
    return end;
  }

  #internedValue(tag: number, from: number): number {
    const json = this.#json;
    const last = this.#last[tag]!;
    const known = this.#strings.endIf(last, json, from);
    if (known > 0) {
      this.numbers[tag] = last;
      return known;
    }
    const end = json.endOfString(from);
    const number = this.#strings.intern(json, from, end);
    this.numbers[tag] = number;
    this.#last[tag] = number;
    return end;
  }

  #has(tag: number): boolean {
    return (this.#seen & (1 << tag)) !== 0;
  }

  /** Of a free tag that the span has. */
  #internName(service: number): void {
    const from = this.#nameFrom[service - LOCAL_SERVICE]!;
    if (from === 0) return;
    const to = this.#nameTo[service - LOCAL_SERVICE]!;
    const last = this.#last[service]!;
    this.numbers[service] =
      this.#strings.endIf(last, this.#json, from) === to
        ? last
        : this.#strings.intern(this.#json, from, to);
    this.#last[service] = this.numbers[service]!;
  }

  #text(tag: number): string {
    return this.#json.text(this.#from[tag - INTERNED]!, this.#to[tag - INTERNED]!);
  }

  #isError(): boolean {
    const tag = FREE_TAG.error;
    if (!this.#has(tag)) return false;
    const length = this.#to[tag - INTERNED]! - this.#from[tag - INTERNED]!;
    return length > LONGEST_FALSE || isError(this.#text(tag));
  }

  #otelStatus(): string | undefined {
    const number = this.numbers[FACT_TAG['otel.status_code']]!;
    return number === 0 ? undefined : this.#strings.text(number);
  }

  #isProber(): boolean {
    const tag = FREE_TAG.user_agent;
    if (!this.#has(tag)) return false;
    const from = this.#from[tag - INTERNED]!;
    const { bytes } = this.#json;
    const start = bytes[from]! | (bytes[from + 1]! << 8) | (bytes[from + 2]! << 16);
    for (const prober of PROBER_STARTS) if (start === prober) return isProber(this.#text(tag));
    const escaped =
      bytes[from] === BACKSLASH || bytes[from + 1] === BACKSLASH || bytes[from + 2] === BACKSLASH;
    return escaped && isProber(this.#text(tag));
  }

  #isMirrored(): boolean {
    const url = FREE_TAG['http.url'] - INTERNED;
    return (
      this.#has(FREE_TAG['http.url']) && this.#origins.isMirrored(this.#from[url]!, this.#to[url]!)
    );
  }
}
