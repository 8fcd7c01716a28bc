import { maxContainers } from './bounded-json.ts';
import { InternedBytes } from './interned-bytes.ts';
import { JsonBytes, Unsure, unsure } from './json-bytes.ts';
import { KeyTable } from './key-table.ts';
import { ObjectMembers } from './object-members.ts';
import type { Records } from './records.ts';
import { ScannedTags } from './scanned-tags.ts';
import { whyNoRequest } from './zipkin-event.ts';
import { normalDuration, normalTimestamp } from './zipkin-json-span.ts';
import { LOCAL_SERVICE, NamedIdentities, REMOTE_SERVICE } from './zipkin-names.ts';
import { SPAN_KINDS, type SpanKind } from './zipkin-span.ts';
import { StagedSpans } from './zipkin-staged.ts';

const QUOTE = 0x22;
const ZERO = 0x30;
const OPEN_OBJECT = 0x7b;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;

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
const NEVER_NULL = IDS | (1 << MEMBER.binaryAnnotations);

const ENDPOINT_MEMBER = { serviceName: 0, ipv4: 1, ipv6: 2, port: 3 } as const;
const ENDPOINT_MEMBERS = new KeyTable(ENDPOINT_MEMBER);
const MAX_PORT = 0xffff;

const ANNOTATION_MEMBER = { timestamp: 0, value: 1 } as const;
const ANNOTATION_MEMBERS = new KeyTable(ANNOTATION_MEMBER);
const WHOLE_ANNOTATION = (1 << ANNOTATION_MEMBER.timestamp) | (1 << ANNOTATION_MEMBER.value);

const KINDS = new KeyTable(Object.fromEntries(SPAN_KINDS.map((kind, i) => [kind, i])));

/** Kept at once, with 2 MB of their bytes: senders make up names without end. */
const MAX_STRINGS = 2 ** 15;
const MAX_WORDS = 2 ** 19;

/**
 * Reads ordinary Zipkin JSON v2 without an object or a string for each member. It keeps from body to body which names
 * it met and what follows from them. What it is not sure of it leaves to the plain reader.
 *
 * Methods take where their value begins and return what is behind it.
 */
export class ZipkinScanner {
  readonly #json = new JsonBytes();
  readonly #strings: InternedBytes;
  readonly #identities: NamedIdentities;
  readonly #tags: ScannedTags;
  readonly #spans = new StagedSpans(this.#json);
  readonly #members = new ObjectMembers(this.#json, MEMBERS);
  readonly #endpointMembers = new ObjectMembers(this.#json, ENDPOINT_MEMBERS);
  readonly #annotationMembers = new ObjectMembers(this.#json, ANNOTATION_MEMBERS);
  // Of the span being read.
  #kind: SpanKind | null = null;
  #startUs: number | null = null;
  #durationUs: number | null = null;
  #shared = false;
  #traceIdFrom = 0;
  #traceIdTo = 0;
  #idFrom = 0;
  #idTo = 0;

  /** How many strings are known at once, a power of two over 64, and how many words of four bytes of them. */
  constructor(maxStrings = MAX_STRINGS, maxWords = MAX_WORDS) {
    this.#strings = new InternedBytes(maxStrings, maxWords);
    this.#identities = new NamedIdentities(this.#strings);
    this.#tags = new ScannedTags(this.#json, this.#strings);
  }

  /**
   * False, with nothing out, where the body is not valid or not ordinary. Else every record is out, as the plain reader
   * would have it.
   */
  read(body: Uint8Array, out: Records): boolean {
    this.#begin(body);
    try {
      this.#list();
    } catch (error) {
      if (error instanceof Unsure) return false;
      throw error;
    }
    this.#spans.emit(out);
    return true;
  }

  #begin(body: Uint8Array): void {
    this.#json.load(body);
    this.#spans.clear();
    this.#members.begin();
    this.#endpointMembers.begin();
    this.#annotationMembers.begin();
    this.#tags.begin();
  }

  #list(): void {
    const json = this.#json;
    const { bytes } = json;
    let at = json.pastSpace(0);
    if (bytes[at] !== OPEN_ARRAY) unsure();
    json.containers += 1;
    at = json.pastSpace(at + 1);
    for (;;) {
      at = json.pastSpace(this.#span(at));
      if (bytes[at] === CLOSE_ARRAY) break;
      at = json.pastComma(at);
    }
    const whole = json.pastSpace(at + 1) === json.length;
    if (!whole || json.containers > maxContainers(json.length)) unsure();
  }

  #span(from: number): number {
    if (this.#json.bytes[from] !== OPEN_OBJECT) unsure();
    this.#beginSpan();
    const members = this.#members;
    let seen = 0;
    let at = members.first(from + 1);
    for (; at !== 0; at = members.next(at)) {
      const { member } = members;
      if (member < 0) {
        at = this.#json.pastValue(at);
      } else {
        // Of a name that comes twice, JSON.parse takes the last.
        if ((seen & (1 << member)) !== 0) unsure();
        seen |= 1 << member;
        at = this.#member(member, at);
      }
    }
    if ((seen & IDS) !== IDS) unsure();
    this.#endSpan();
    return members.end;
  }

  #beginSpan(): void {
    if (this.#strings.full) {
      this.#strings.clear();
      this.#identities.clear();
      this.#tags.clear();
    }
    this.#json.containers += 1;
    this.#tags.reset();
    this.#kind = null;
    this.#startUs = null;
    this.#durationUs = null;
    this.#shared = false;
  }

  #endSpan(): void {
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
    this.#tags.stage(span);
    span.identity = this.#identities.of(this.#tags.numbers);
  }

  #member(member: number, at: number): number {
    const json = this.#json;
    if (json.isNull(at)) {
      if (((1 << member) & NEVER_NULL) !== 0) unsure();
      return json.pastNull(at);
    }
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
        return json.endOfHex(at, 16) + 1;
      case MEMBER.kind:
        return this.#pastKind(at);
      case MEMBER.name:
        return json.pastString(at);
      case MEMBER.timestamp:
        at = json.pastWhole(at);
        this.#startUs = normalTimestamp(json.whole);
        return at;
      case MEMBER.duration:
        at = json.pastWhole(at);
        this.#durationUs = normalDuration(json.whole);
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
        return json.pastBoolean(at);
      case MEMBER.shared:
        this.#shared = json.isTrue(at);
        return json.pastBoolean(at);
      default:
        return unsure();
    }
  }

  /** The closing quote of an id, which is not zero. */
  #endOfId(from: number, most: number): number {
    const { bytes } = this.#json;
    const end = this.#json.endOfHex(from, most);
    for (let at = from + 1; at < end; at += 1) if (bytes[at] !== ZERO) return end;
    return unsure();
  }

  #pastKind(from: number): number {
    const json = this.#json;
    if (json.bytes[from] !== QUOTE) unsure();
    const end = json.endOfPlainString(from + 1);
    const kind = KINDS.find(json, from + 1, end);
    this.#kind = kind < 0 ? null : SPAN_KINDS[kind]!;
    return end + 1;
  }

  #pastTags(from: number): number {
    if (this.#json.bytes[from] !== OPEN_OBJECT) unsure();
    this.#json.containers += 1;
    return this.#kind === null || this.#kind === 'SERVER'
      ? this.#tags.read(from + 1)
      : this.#tags.skip(from + 1);
  }

  #pastEndpoint(from: number, service: number): number {
    if (this.#json.bytes[from] !== OPEN_OBJECT) unsure();
    this.#json.containers += 1;
    const members = this.#endpointMembers;
    let seen = 0;
    let at = members.first(from + 1);
    for (; at !== 0; at = members.next(at)) {
      const { member } = members;
      if (member < 0) {
        at = this.#json.pastValue(at);
      } else {
        if ((seen & (1 << member)) !== 0) unsure();
        seen |= 1 << member;
        at = this.#endpointMember(member, at, service);
      }
    }
    return members.end;
  }

  #endpointMember(member: number, at: number, service: number): number {
    const json = this.#json;
    if (json.isNull(at)) return json.pastNull(at);
    if (member === ENDPOINT_MEMBER.serviceName) return this.#tags.pastName(at, service);
    if (member !== ENDPOINT_MEMBER.port) return json.pastString(at);
    const end = json.pastWhole(at);
    if (json.whole > MAX_PORT) unsure();
    return end;
  }

  #pastAnnotations(from: number): number {
    const json = this.#json;
    const { bytes } = json;
    if (bytes[from] !== OPEN_ARRAY) unsure();
    json.containers += 1;
    let at = json.pastSpace(from + 1);
    if (bytes[at] === CLOSE_ARRAY) return at + 1;
    for (;;) {
      at = json.pastSpace(this.#pastAnnotation(at));
      if (bytes[at] === CLOSE_ARRAY) return at + 1;
      at = json.pastComma(at);
    }
  }

  #pastAnnotation(from: number): number {
    const json = this.#json;
    if (json.bytes[from] !== OPEN_OBJECT) unsure();
    json.containers += 1;
    const members = this.#annotationMembers;
    let seen = 0;
    let at = members.first(from + 1);
    for (; at !== 0; at = members.next(at)) {
      const { member } = members;
      if (member < 0) {
        at = json.pastValue(at);
      } else {
        if ((seen & (1 << member)) !== 0) unsure();
        seen |= 1 << member;
        at = member === ANNOTATION_MEMBER.value ? json.pastString(at) : json.pastWhole(at);
      }
    }
    if (seen !== WHOLE_ANNOTATION) unsure();
    return members.end;
  }
}
