import { maxContainers } from './bounded-json.ts';
import { InternedBytes } from './interned-bytes.ts';
import {
  CLOSE_ARRAY,
  COMMA,
  endOfPlainString,
  endOfString,
  FALSE,
  isDigit,
  isLowerHex,
  JsonBytes,
  NULL,
  OPEN_ARRAY,
  OPEN_OBJECT,
  past,
  pastSpace,
  pastValue,
  pastWord,
  QUOTE,
  TRUE,
  Unsure,
  unsure,
} from './json-bytes.ts';
import { KeyTable } from './key-table.ts';
import { ObjectMembers } from './object-members.ts';
import type { Records } from './records.ts';
import { ScannedTags } from './scanned-tags.ts';
import { whyNoRequest } from './zipkin-event.ts';
import { normalDuration, normalTimestamp } from './zipkin-json-span.ts';
import { LOCAL_SERVICE, NamedIdentities, REMOTE_SERVICE } from './zipkin-names.ts';
import { SPAN_KINDS, type SpanKind } from './zipkin-span.ts';
import { StagedSpans } from './zipkin-staged.ts';

const MEMBER = {
  traceId: 0,
  id: 1,
  parentId: 2,
  kind: 3,
  name: 4,
  timestamp: 5,
  duration: 6,
  localEndpoint: 7,
  remoteEndpoint: 8,
  annotations: 9,
  tags: 10,
  debug: 11,
  shared: 12,
  binaryAnnotations: 13,
} as const;
const MEMBERS = new KeyTable(MEMBER);
const IDS = (1 << MEMBER.traceId) | (1 << MEMBER.id);

const ENDPOINT_MEMBER = { serviceName: 0, ipv4: 1, ipv6: 2, port: 3 } as const;
const ENDPOINT_MEMBERS = new KeyTable(ENDPOINT_MEMBER);
const MAX_PORT = 0xffff;

const ANNOTATION_MEMBER = { timestamp: 0, value: 1 } as const;
const ANNOTATION_MEMBERS = new KeyTable(ANNOTATION_MEMBER);
const BOTH = (1 << ANNOTATION_MEMBER.timestamp) | (1 << ANNOTATION_MEMBER.value);

const KINDS = new KeyTable(Object.fromEntries(SPAN_KINDS.map((kind, i) => [kind, i])));

/** Of 2^53. */
const MAX_DIGITS = 16;

/**
 * Reads ordinary Zipkin JSON v2 without an object or a string for each member. It keeps from body to body which names
 * it met and what follows from them. What it is not sure of it leaves to the plain reader.
 *
 * Methods take where their value begins and return what is behind it.
 */
export class ZipkinScanner {
  readonly #json = new JsonBytes();
  readonly #strings = new InternedBytes();
  readonly #identities = new NamedIdentities(this.#strings);
  readonly #tags = new ScannedTags(this.#json, this.#strings);
  readonly #spans = new StagedSpans();
  readonly #members = new ObjectMembers(this.#json, MEMBERS);
  readonly #endpointMembers = new ObjectMembers(this.#json, ENDPOINT_MEMBERS);
  readonly #annotationMembers = new ObjectMembers(this.#json, ANNOTATION_MEMBERS);
  /** Lists and objects so far. */
  #containers = 0;
  readonly #onContainer = () => {
    this.#containers += 1;
  };
  // Of the span being read.
  #kind: SpanKind | null = null;
  #startUs: number | null = null;
  #durationUs: number | null = null;
  #shared = false;
  #traceIdFrom = 0;
  #traceIdTo = 0;
  #idFrom = 0;
  #idTo = 0;
  /** The number read last. */
  #number = 0;

  /**
   * False, with nothing out, where the body is not valid or not ordinary. Else every record is out, as the plain reader
   * would have it.
   */
  read(body: Uint8Array, out: Records): boolean {
    this.#json.load(body);
    this.#spans.clear();
    this.#members.reset();
    this.#endpointMembers.reset();
    this.#annotationMembers.reset();
    this.#tags.resetBody();
    try {
      this.#list();
    } catch (error) {
      if (error instanceof Unsure) return false;
      throw error;
    }
    this.#spans.emit(this.#json, out);
    return true;
  }

  #list(): void {
    const { bytes, length } = this.#json;
    this.#containers = 1;
    let at = past(bytes, 0, OPEN_ARRAY);
    while (bytes[at] === OPEN_OBJECT) {
      at = pastSpace(bytes, this.#span(at));
      if (bytes[at] === CLOSE_ARRAY) {
        if (pastSpace(bytes, at + 1) === length && this.#containers <= maxContainers(length))
          return;
        break;
      }
      at = past(bytes, at, COMMA);
    }
    unsure();
  }

  #span(from: number): number {
    const members = this.#members;
    this.#begin();
    let seen = 0;
    let at = from + 1;
    for (let i = 0; ; i += 1) {
      at = members.next(at, i);
      if (at === 0) break;
      const { member } = members;
      if (member < 0) {
        at = pastValue(this.#json, at, this.#onContainer);
      } else {
        // Of a name that comes twice, JSON.parse takes the last.
        if ((seen & (1 << member)) !== 0) unsure();
        seen |= 1 << member;
        at = this.#member(member, at);
      }
    }
    if ((seen & IDS) !== IDS) unsure();
    this.#end();
    return members.end;
  }

  #begin(): void {
    if (this.#strings.full) {
      this.#strings.clear();
      this.#identities.clear();
      this.#tags.clear();
    }
    this.#containers += 1;
    this.#tags.reset();
    this.#kind = null;
    this.#startUs = null;
    this.#durationUs = null;
    this.#shared = false;
  }

  #end(): void {
    const span = this.#spans.next();
    span.reason = whyNoRequest(this.#kind, this.#startUs, this.#durationUs);
    if (span.reason !== null) return;
    span.startUs = this.#startUs!;
    span.durationUs = this.#durationUs!;
    span.shared = this.#shared;
    span.traceIdFrom = this.#traceIdFrom;
    span.traceIdTo = this.#traceIdTo;
    span.idFrom = this.#idFrom;
    span.idTo = this.#idTo;
    span.identity = this.#identities.of(this.#tags.numbers);
    this.#tags.stage(span);
  }

  #member(member: number, at: number): number {
    if (this.#json.bytes[at] === NULL[0]) return this.#null(member, at);
    switch (member) {
      case MEMBER.traceId:
        this.#traceIdFrom = at + 1;
        this.#traceIdTo = this.#endOfId(at, 32);
        return this.#traceIdTo + 1;
      case MEMBER.id:
        this.#idFrom = at + 1;
        this.#idTo = this.#endOfId(at, 16);
        return this.#idTo + 1;
      case MEMBER.parentId:
        return this.#endOfHex(at, 16) + 1;
      case MEMBER.kind:
        return this.#pastKind(at);
      case MEMBER.name:
        return this.#pastText(at);
      case MEMBER.timestamp:
        at = this.#pastWhole(at);
        this.#startUs = normalTimestamp(this.#number);
        return at;
      case MEMBER.duration:
        at = this.#pastWhole(at);
        this.#durationUs = normalDuration(this.#number);
        return at;
      case MEMBER.localEndpoint:
        return this.#pastEndpoint(at, LOCAL_SERVICE);
      case MEMBER.remoteEndpoint:
        return this.#pastEndpoint(at, REMOTE_SERVICE);
      case MEMBER.annotations:
        return this.#pastAnnotations(at);
      case MEMBER.tags:
        return this.#pastTags(at);
      case MEMBER.debug:
        return this.#pastBoolean(at);
      case MEMBER.shared:
        this.#shared = this.#json.bytes[at] === TRUE[0];
        return this.#pastBoolean(at);
      default:
        return unsure();
    }
  }

  #null(member: number, at: number): number {
    if (((1 << member) & (IDS | (1 << MEMBER.binaryAnnotations))) !== 0) unsure();
    return pastWord(this.#json.bytes, at, NULL);
  }

  #endOfId(from: number, most: number): number {
    const end = this.#endOfHex(from, most);
    const { bytes } = this.#json;
    for (let at = from + 1; at < end; at += 1) if (bytes[at] !== 0x30) return end;
    return unsure();
  }

  /** The closing quote of a string of hex digits. */
  #endOfHex(from: number, most: number): number {
    const { bytes } = this.#json;
    if (bytes[from] !== QUOTE) unsure();
    let at = from + 1;
    while (isLowerHex(bytes[at]!)) at += 1;
    const length = at - from - 1;
    if (bytes[at] !== QUOTE || length === 0 || length > most) unsure();
    return at;
  }

  #pastKind(from: number): number {
    if (this.#json.bytes[from] !== QUOTE) unsure();
    const end = endOfPlainString(this.#json, from + 1);
    const kind = KINDS.find(this.#json.bytes, from + 1, end);
    this.#kind = kind < 0 ? null : SPAN_KINDS[kind]!;
    return end + 1;
  }

  #pastText(from: number): number {
    if (this.#json.bytes[from] !== QUOTE) unsure();
    return endOfString(this.#json, from + 1) + 1;
  }

  #pastBoolean(from: number): number {
    const { bytes } = this.#json;
    return pastWord(bytes, from, bytes[from] === TRUE[0] ? TRUE : FALSE);
  }

  /** Past a whole number below 2^53 of digits alone, which is then in `#number`. */
  #pastWhole(from: number): number {
    const { bytes } = this.#json;
    let at = from;
    let number = 0;
    while (isDigit(bytes[at]!)) {
      number = 10 * number + (bytes[at]! - 0x30);
      at += 1;
    }
    const digits = at - from;
    const leadingZero = bytes[from] === 0x30 && digits > 1;
    if (digits === 0 || digits > MAX_DIGITS || leadingZero || number > Number.MAX_SAFE_INTEGER) {
      unsure();
    }
    this.#number = number;
    return at;
  }

  #pastTags(from: number): number {
    if (this.#json.bytes[from] !== OPEN_OBJECT) unsure();
    this.#containers += 1;
    return this.#kind === null || this.#kind === 'SERVER'
      ? this.#tags.read(from + 1)
      : this.#tags.skip(from + 1);
  }

  #pastEndpoint(from: number, service: number): number {
    if (this.#json.bytes[from] !== OPEN_OBJECT) unsure();
    this.#containers += 1;
    const members = this.#endpointMembers;
    let seen = 0;
    let at = from + 1;
    for (let i = 0; ; i += 1) {
      at = members.next(at, i);
      if (at === 0) return members.end;
      const { member } = members;
      if (member < 0) {
        at = pastValue(this.#json, at, this.#onContainer);
      } else {
        if ((seen & (1 << member)) !== 0) unsure();
        seen |= 1 << member;
        at = this.#endpointMember(member, at, service);
      }
    }
  }

  #endpointMember(member: number, at: number, service: number): number {
    if (this.#json.bytes[at] === NULL[0]) return pastWord(this.#json.bytes, at, NULL);
    if (member === ENDPOINT_MEMBER.serviceName) return this.#tags.pastName(at, service);
    if (member !== ENDPOINT_MEMBER.port) return this.#pastText(at);
    const end = this.#pastWhole(at);
    if (this.#number > MAX_PORT) unsure();
    return end;
  }

  #pastAnnotations(from: number): number {
    const { bytes } = this.#json;
    if (bytes[from] !== OPEN_ARRAY) unsure();
    this.#containers += 1;
    let at = pastSpace(bytes, from + 1);
    if (bytes[at] === CLOSE_ARRAY) return at + 1;
    for (;;) {
      at = pastSpace(bytes, this.#pastAnnotation(at));
      if (bytes[at] === CLOSE_ARRAY) return at + 1;
      at = past(bytes, at, COMMA);
    }
  }

  #pastAnnotation(from: number): number {
    if (this.#json.bytes[from] !== OPEN_OBJECT) unsure();
    this.#containers += 1;
    const members = this.#annotationMembers;
    let seen = 0;
    let at = from + 1;
    for (let i = 0; ; i += 1) {
      at = members.next(at, i);
      if (at === 0) break;
      const { member } = members;
      if (member < 0) {
        at = pastValue(this.#json, at, this.#onContainer);
      } else {
        if ((seen & (1 << member)) !== 0) unsure();
        seen |= 1 << member;
        at = member === ANNOTATION_MEMBER.value ? this.#pastText(at) : this.#pastWhole(at);
      }
    }
    if (seen !== BOTH) unsure();
    return members.end;
  }
}
