import { type AccessLogSlots, SLOT } from './access-log-slots.ts';

const SPACE = 0x20;
const QUOTE = 0x22;
const DASH = 0x2d;
const DOT = 0x2e;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const NO_SLOT = -1;

/** A column behind the request: whether it is quoted, and the field it holds. */
interface Column {
  readonly quoted: boolean;
  readonly slot: number;
}

const bare = (slot: number = NO_SLOT): Column => ({ quoted: false, slot });
const quoted = (slot: number = NO_SLOT): Column => ({ quoted: true, slot });

const ENVOY: readonly Column[] = [
  bare(SLOT.responseCode),
  bare(SLOT.responseFlags),
  bare(),
  bare(),
  bare(SLOT.duration),
  bare(),
  quoted(),
  quoted(SLOT.userAgent),
  quoted(SLOT.requestId),
  quoted(SLOT.authority),
  quoted(SLOT.upstreamHost),
];

const ISTIO: readonly Column[] = [
  bare(SLOT.responseCode),
  bare(SLOT.responseFlags),
  bare(SLOT.responseCodeDetails),
  bare(),
  quoted(),
  bare(),
  bare(),
  bare(SLOT.duration),
  bare(),
  quoted(),
  quoted(SLOT.userAgent),
  quoted(SLOT.requestId),
  quoted(SLOT.authority),
  quoted(SLOT.upstreamHost),
  bare(SLOT.upstreamCluster),
  bare(),
  bare(),
  bare(SLOT.downstreamRemoteAddress),
  bare(SLOT.requestedServerName),
  bare(),
];

/**
 * What `envoyTextFields` reads of a trimmed line, as places in its bytes; false for the lines that it alone may judge:
 * with a prefix, with quotes inside a field, not ASCII, broken. The slots are then half filled.
 */
export function envoyTextSlots(start: number, end: number, slots: AccessLogSlots): boolean {
  const { bytes } = slots.source;
  if (bytes[start] !== OPEN) return false;
  let at = start + 1;
  let all = 0;
  for (; at < end; at++) {
    const byte = bytes[at]!;
    if (byte === CLOSE || byte === SPACE || byte === QUOTE) break;
    all |= byte;
  }
  if (at + 2 >= end || bytes[at] !== CLOSE || bytes[at + 1] !== SPACE || bytes[at + 2] !== QUOTE) {
    return false;
  }
  slots.set(SLOT.startTime, start + 1, at);
  at = requestSlots(at + 3, end, slots);
  if (at === BROKEN) return false;

  const columns = bytes[end - 1] === QUOTE ? ENVOY : ISTIO;
  for (let index = 0; index < columns.length; index++) {
    const { quoted, slot } = columns[index]!;
    if (at >= end || bytes[at] !== SPACE) return false;
    at++;
    if (quoted) {
      if (at >= end || bytes[at] !== QUOTE) return false;
      at++;
    }
    const from = at;
    for (; at < end; at++) {
      const byte = bytes[at]!;
      if (byte === QUOTE || (byte === SPACE && !quoted)) break;
      all |= byte;
    }
    if (slot !== NO_SLOT) slots.set(slot, from, at);
    if (quoted) {
      if (at >= end) return false;
      at++;
    }
  }
  if (columns === ENVOY) {
    if (at !== end) return false;
  } else {
    // Route names are free text. A quote among it would be counted as a column's by the plain reader.
    for (; at < end; at++) {
      const byte = bytes[at]!;
      if (byte === QUOTE) return false;
      all |= byte;
    }
  }
  return all < 0x80;
}

const BROKEN = -1;

/** `GET /path HTTP/1.1"`: returns where its quote ends. The path may hold spaces, the first and the last count. */
function requestSlots(start: number, end: number, slots: AccessLogSlots): number {
  const { bytes } = slots.source;
  let first = -1;
  let last = -1;
  let all = 0;
  let at = start;
  for (; at < end; at++) {
    const byte = bytes[at]!;
    if (byte <= QUOTE) {
      if (byte === QUOTE) break;
      if (byte === SPACE) {
        if (first < 0) first = at;
        last = at;
      } else if (first < 0) {
        // White space of another kind ends a method too.
        return BROKEN;
      }
    }
    all |= byte;
  }
  if (at >= end || all >= 0x80 || last <= first) return BROKEN;
  const protocol = last + 1;
  if (!isProtocol(bytes, protocol, at)) return BROKEN;
  slots.set(SLOT.method, start, first);
  slots.set(SLOT.protocol, protocol, at);
  return at + 1;
}

/** `HTTP/1.1`, `-` or nothing. */
function isProtocol(bytes: Uint8Array, start: number, end: number): boolean {
  const length = end - start;
  if (length <= 1) return length === 0 || bytes[start] === DASH;
  if (length < 6) return false;
  for (let at = 0; at < 5; at++) {
    if (bytes[start + at] !== HTTP[at]) return false;
  }
  for (let at = start + 5; at < end; at++) {
    const byte = bytes[at]!;
    if (byte !== DOT && (byte < 0x30 || byte > 0x39)) return false;
  }
  return true;
}

const HTTP = new TextEncoder().encode('HTTP/');
