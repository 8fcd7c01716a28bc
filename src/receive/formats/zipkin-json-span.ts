import { UnreadableBody } from './records.ts';
import { SPAN_KINDS, type SpanKind, type ZipkinSpan } from './zipkin-span.ts';

type JsonObject = Record<string, unknown>;

const NO_TAGS: Readonly<Record<string, string>> = {};

/**
 * One element of a JSON v2 list, checked by the rules of Zipkin's `V2SpanReader`, `Span` and `Endpoint`.
 * Unknown members are ignored, null members are absent. Throws {@link UnreadableBody}.
 */
export function readSpan(value: unknown, index: number): ZipkinSpan {
  const at = `$[${index}]`;
  const span = object(value, at);
  const missing = (span.traceId === undefined ? ' traceId' : '').concat(
    span.id === undefined ? ' id' : '',
  );
  if (missing !== '') throw unreadable(`Missing :${missing}`);
  const traceId = normalTraceId(text(span.traceId, at, 'traceId'));
  const id = normalId(text(span.id, at, 'id'));
  checkUnused(span, at);
  return {
    traceId,
    id,
    kind: kind(span.kind, at),
    startUs: normalTimestamp(optionalLong(span.timestamp, at, 'timestamp')),
    durationUs: normalDuration(optionalLong(span.duration, at, 'duration')),
    localService: serviceName(span.localEndpoint, at, 'localEndpoint'),
    remoteService: serviceName(span.remoteEndpoint, at, 'remoteEndpoint'),
    tags: tags(span.tags, at),
    shared: optionalBoolean(span.shared, at, 'shared'),
  };
}

export function malformed(detail: string): UnreadableBody {
  return new UnreadableBody(`Malformed reading List<Span> from json: ${detail}`);
}

function unreadable(message: string): UnreadableBody {
  return new UnreadableBody(`${message} reading List<Span> from json`);
}

/** Members that make no request event but fail a batch when they are wrong. */
function checkUnused(span: JsonObject, at: string): void {
  const parentId = optionalText(span.parentId, at, 'parentId');
  if (parentId !== null) checkHex(parentId, 'parentId', 16);
  optionalText(span.name, at, 'name');
  optionalBoolean(span.debug, at, 'debug');
  checkAnnotations(span.annotations, at);
}

function kind(value: unknown, at: string): SpanKind | null {
  const name = optionalText(value, at, 'kind');
  return SPAN_KINDS.find((known) => known === name) ?? null;
}

export function normalTimestamp(value: number | null): number | null {
  return value !== null && value > 0 ? value : null;
}

export function normalDuration(value: number | null): number | null {
  return value === 0 ? 1 : normalTimestamp(value);
}

function serviceName(value: unknown, at: string, member: string): string | null {
  if (value === undefined || value === null) return null;
  const endpointAt = `${at}.${member}`;
  const endpoint = object(value, endpointAt);
  optionalText(endpoint.ipv4, endpointAt, 'ipv4');
  optionalText(endpoint.ipv6, endpointAt, 'ipv6');
  const port = optionalLong(endpoint.port, endpointAt, 'port', 'an int');
  if (port !== null && port > 0xffff) throw unreadable(`invalid port ${port}`);
  return normalServiceName(optionalText(endpoint.serviceName, endpointAt, 'serviceName'));
}

export function normalServiceName(name: string | null): string | null {
  return name?.toLowerCase() || null;
}

function tags(value: unknown, at: string): Readonly<Record<string, string>> {
  if (value === undefined || value === null) return NO_TAGS;
  const members = object(value, `${at}.tags`);
  for (const key of Object.keys(members)) {
    const tag = members[key];
    if (typeof tag === 'string') continue;
    const path = `${at}.tags`;
    if (tag === null) throw unreadable(`No value at ${path}.${brief(key)}`);
    members[key] = text(tag, path, key);
  }
  return members as Record<string, string>;
}

function checkAnnotations(value: unknown, at: string): void {
  if (value === undefined || value === null) return;
  const path = `${at}.annotations`;
  if (!Array.isArray(value)) {
    throw unreadable(`Expected BEGIN_ARRAY but was ${tokenOf(value)} at path ${path}`);
  }
  for (const [index, element] of value.entries()) {
    const elementAt = `${path}[${index}]`;
    const annotation = object(element, elementAt);
    const timestamp = optionalLong(annotation.timestamp, elementAt, 'timestamp');
    const words = optionalText(annotation.value, elementAt, 'value');
    if (timestamp === null || words === null) {
      throw unreadable(`Incomplete annotation at ${elementAt}.${incompleteMember(annotation)}`);
    }
  }
}

/** What gson's reader stood at when it noticed: a null member, else the last one. */
function incompleteMember(annotation: JsonObject): string {
  const members = Object.keys(annotation);
  const known = members.filter((member) => member === 'timestamp' || member === 'value');
  return known.find((member) => annotation[member] === null) ?? brief(members.at(-1) ?? '');
}

// --- Values, read as gson's pull parser reads them: a number is text where text is wanted, and the reverse.

function object(value: unknown, at: string): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as JsonObject;
  }
  throw malformed(`expected an object at ${at}, found ${tokenOf(value)}`);
}

function text(value: unknown, at: string, member: string): string {
  if (typeof value === 'string') return value;
  // A larger integer has lost digits in JSON.parse: as an id it would be another id.
  if (typeof value === 'number' && Math.abs(value) <= Number.MAX_SAFE_INTEGER) return String(value);
  throw unreadable(`Expected a string but was ${tokenOf(value)} at path ${at}.${brief(member)}`);
}

function optionalText(value: unknown, at: string, member: string): string | null {
  return value === undefined || value === null ? null : text(value, at, member);
}

const DECIMAL = /^\s*[+-]?\d{1,40}(\.\d{0,40})?([eE][+-]?\d{1,4})?\s*$/;
const MAX_LONG = 2 ** 63;

function optionalLong(value: unknown, at: string, member: string, want = 'a long'): number | null {
  if (value === undefined || value === null) return null;
  let number = Number.NaN;
  if (typeof value === 'number') number = value;
  else if (typeof value === 'string' && DECIMAL.test(value)) number = Number(value);
  else if (typeof value !== 'string') {
    throw unreadable(`Expected ${want} but was ${tokenOf(value)} at path ${at}.${member}`);
  }
  if (!Number.isInteger(number) || Math.abs(number) > MAX_LONG) {
    throw unreadable(`Expected ${want} but was ${brief(String(value))} at path ${at}.${member}`);
  }
  return number;
}

function optionalBoolean(value: unknown, at: string, member: string): boolean {
  if (value === undefined || value === null) return false;
  if (typeof value === 'boolean') return value;
  throw unreadable(`Expected a boolean but was ${tokenOf(value)} at path ${at}.${member}`);
}

// --- Ids

export function normalTraceId(traceId: string): string {
  const lower = checkHex(traceId, 'traceId', 32);
  if (ZEROS.test(lower)) throw unreadable('traceId is all zeros');
  if (lower.length <= 16) return lower.padStart(16, '0');
  const long = lower.padStart(32, '0');
  return long.startsWith('0000000000000000') ? long.slice(16) : long;
}

export function normalId(id: string): string {
  const lower = checkHex(id, 'id', 16);
  if (ZEROS.test(lower)) throw unreadable('id is all zeros');
  return lower.padStart(16, '0');
}

const ZEROS = /^0+$/;
const HEX = /^[0-9a-f]+$/;

function checkHex(id: string, member: string, maxLength: number): string {
  if (id === '') throw unreadable(`${member} is empty`);
  if (id.length > maxLength) throw unreadable(`${member}.length > ${maxLength}`);
  const lower = id.toLowerCase();
  if (!HEX.test(lower)) throw unreadable(`${id} should be lower-hex encoded with no prefix`);
  return lower;
}

// --- Words for errors

/** gson's JsonToken names. */
function tokenOf(value: unknown): string {
  if (value === null) return 'NULL';
  if (Array.isArray(value)) return 'BEGIN_ARRAY';
  return typeof value === 'object' ? 'BEGIN_OBJECT' : (typeof value).toUpperCase();
}

function brief(words: string): string {
  return words.length <= 64 ? words : `${words.slice(0, 64)}…`;
}
