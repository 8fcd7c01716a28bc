import { type JsonBytes, unsure } from './json-bytes.ts';
import { KeyTable } from './key-table.ts';
import { ObjectMembers } from './object-members.ts';
import type { SpanComparison } from './span-comparison.ts';
import { NO_FACTS } from './span-outcome.ts';
import { type SpanValues, TAGS, VALUE } from './span-values.ts';
import { LOCAL_SERVICE, REMOTE_SERVICE } from './zipkin-names.ts';
import { SPAN_KINDS, type SpanKind } from './zipkin-span.ts';

const QUOTE = 0x22;
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

const ANNOTATION_MEMBER = { timestamp: 0, value: 1 } as const;
const ANNOTATION_MEMBERS = new KeyTable(ANNOTATION_MEMBER);
const WHOLE_ANNOTATION = (1 << ANNOTATION_MEMBER.timestamp) | (1 << ANNOTATION_MEMBER.value);

const KINDS = new KeyTable(Object.fromEntries(SPAN_KINDS.map((kind, i) => [kind, i])));

/**
 * Reads a span member by member. Methods take where their value begins and return what is behind it.
 */
export class ScannedSpan {
  kind: SpanKind | null = null;
  shared = false;
  readonly #json: JsonBytes;
  readonly #values: SpanValues;
  readonly #comparison: SpanComparison;
  readonly #members: ObjectMembers;
  readonly #endpointMembers: ObjectMembers;
  readonly #annotationMembers: ObjectMembers;
  readonly #tagMembers: ObjectMembers;
  /** Where the services' names begin; 0 where the span has none. */
  readonly #nameFrom = [0, 0];
  /** Whether its values are to be noted. */
  #noting = false;

  constructor(json: JsonBytes, values: SpanValues, comparison: SpanComparison) {
    this.#json = json;
    this.#values = values;
    this.#comparison = comparison;
    this.#members = new ObjectMembers(json, MEMBERS);
    this.#endpointMembers = new ObjectMembers(json, ENDPOINT_MEMBERS);
    this.#annotationMembers = new ObjectMembers(json, ANNOTATION_MEMBERS);
    this.#tagMembers = new ObjectMembers(json, TAGS);
  }

  /** From the opening brace on. With `noting`, its values are noted. */
  read(from: number, noting: boolean): number {
    this.#noting = noting;
    const end = this.#read(from);
    if (this.kind === 'SERVER') {
      this.#takeName(LOCAL_SERVICE);
      this.#takeName(REMOTE_SERVICE);
    }
    return end;
  }

  /** Names are kept of requests only. */
  #takeName(service: number): void {
    const from = this.#nameFrom[service - LOCAL_SERVICE]!;
    if (from > 0) this.#values.take(service, from);
  }

  #read(from: number): number {
    if (this.#json.bytes[from] !== OPEN_OBJECT) unsure();
    this.#json.containers += 1;
    this.#values.begin(NO_FACTS);
    this.kind = null;
    this.shared = false;
    this.#nameFrom[0] = 0;
    this.#nameFrom[1] = 0;
    const members = this.#members;
    let at = members.first(from + 1);
    for (; at !== 0; at = members.next(at)) {
      const { member } = members;
      at = member < 0 ? this.#pastUnknown(at) : this.#member(member, at);
    }
    if ((members.seen & IDS) !== IDS) unsure();
    return members.end;
  }

  /** Past a string; `value` is what it is to its span. */
  #text(value: number, from: number): number {
    if (this.#json.bytes[from] !== QUOTE) unsure();
    const end = this.#values.take(value, from + 1);
    if (this.#noting) this.#comparison.note(value, from + 1, end);
    return end + 1;
  }

  #whole(value: number, from: number): number {
    const end = this.#values.take(value, from);
    if (this.#noting) this.#comparison.note(value, from, end);
    return end;
  }

  #pastUnknown(from: number): number {
    return this.#json.bytes[from] === QUOTE
      ? this.#text(VALUE.text, from)
      : this.#json.pastValue(from);
  }

  #member(member: number, at: number): number {
    const json = this.#json;
    if (json.isNull(at)) {
      if (((1 << member) & NEVER_NULL) !== 0) unsure();
      return json.pastNull(at);
    }
    switch (member) {
      case MEMBER.traceId:
        return this.#text(VALUE.traceId, at);
      case MEMBER.id:
        return this.#text(VALUE.id, at);
      case MEMBER.parentId:
        return this.#text(VALUE.parentId, at);
      case MEMBER.kind:
        return this.#pastKind(at);
      case MEMBER.name:
        return this.#text(VALUE.text, at);
      case MEMBER.timestamp:
        return this.#whole(VALUE.timestamp, at);
      case MEMBER.duration:
        return this.#whole(VALUE.duration, at);
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
        this.shared = json.isTrue(at);
        return json.pastBoolean(at);
      default:
        return unsure();
    }
  }

  #pastKind(from: number): number {
    const json = this.#json;
    if (json.bytes[from] !== QUOTE) unsure();
    const end = json.endOfPlainString(from + 1);
    const kind = KINDS.find(json, from + 1, end);
    this.kind = kind < 0 ? null : SPAN_KINDS[kind]!;
    return end + 1;
  }

  /** Values other than strings are left to the plain reader. */
  #pastTags(from: number): number {
    if (this.#json.bytes[from] !== OPEN_OBJECT) unsure();
    this.#json.containers += 1;
    const said = this.kind === null || this.kind === 'SERVER';
    const members = this.#tagMembers;
    let at = members.first(from + 1);
    for (; at !== 0; at = members.next(at)) {
      const { member } = members;
      at = this.#text(said && member >= 0 ? member : VALUE.text, at);
    }
    return members.end;
  }

  #pastEndpoint(from: number, service: number): number {
    if (this.#json.bytes[from] !== OPEN_OBJECT) unsure();
    this.#json.containers += 1;
    const members = this.#endpointMembers;
    let at = members.first(from + 1);
    for (; at !== 0; at = members.next(at)) {
      const { member } = members;
      at = member < 0 ? this.#pastUnknown(at) : this.#endpointMember(member, at, service);
    }
    return members.end;
  }

  #endpointMember(member: number, at: number, service: number): number {
    const json = this.#json;
    if (json.isNull(at)) return json.pastNull(at);
    if (member === ENDPOINT_MEMBER.port) return this.#whole(VALUE.port, at);
    if (member !== ENDPOINT_MEMBER.serviceName) return this.#text(VALUE.text, at);
    return this.#pastName(service, at);
  }

  /** A service's name is kept once its span is known to be a request. */
  #pastName(service: number, from: number): number {
    const json = this.#json;
    if (json.bytes[from] !== QUOTE) unsure();
    const end = json.endOfString(from + 1);
    this.#nameFrom[service - LOCAL_SERVICE] = from + 1;
    if (this.#noting) this.#comparison.note(service, from + 1, end);
    return end + 1;
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
    let at = members.first(from + 1);
    for (; at !== 0; at = members.next(at)) {
      const { member } = members;
      if (member === ANNOTATION_MEMBER.timestamp) at = this.#whole(VALUE.whole, at);
      else if (member < 0) at = this.#pastUnknown(at);
      else at = this.#text(VALUE.text, at);
    }
    if (members.seen !== WHOLE_ANNOTATION) unsure();
    return members.end;
  }
}
