import type { RequestEvent } from '../../model/request-event.ts';
import { detailsOf, emptyEvent, isFiner, traitsOf } from './access-log-event.ts';
import { type AccessLogSlots, IS_NUMBER, SLOT } from './access-log-slots.ts';
import { textAt } from './byte-source.ts';
import { ByteTable } from './byte-table.ts';
import { flagsOf, hostOf, requestIdOf } from './envoy-facts.ts';
import { grpcStatusOf } from './grpc-status.ts';
import { IdentityMemory, type KnownEmitter } from './identity-memory.ts';
import { LATEST_US } from './log-time.ts';
import { LogTimes } from './log-time-bytes.ts';
import { PROBERS } from './prober.ts';

const ZERO = 0x30;
const NINE = 0x39;
const LOWER_A = 0x61;
const LOWER_F = 0x66;
const NO_NUMBER = -1;
const MAX_GRPC_STATUS = 16;

/** Makes a record's slots an event, as `accessLogEvent` does with its fields. */
export class AccessLogFacts {
  /** Filled again for every record; its ids are read from the slots when they are asked for. */
  readonly event: RequestEvent;
  readonly #slots: AccessLogSlots;
  readonly #times = new LogTimes();
  readonly #identities = new IdentityMemory();
  readonly #flags = new ByteTable<number>(256, 2 ** 13);
  readonly #details = new ByteTable<string>(1024, 2 ** 16);
  readonly #statuses = new ByteTable<number | null>(256, 2 ** 13);
  readonly #hosts = new ByteTable<string | null>(16_384, 2 ** 19);

  constructor(slots: AccessLogSlots) {
    this.#slots = slots;
    const { requestId: _request, traceId: _trace, ...facts } = emptyEvent();
    // Added, not redefined: V8 would make a slow dictionary of the object.
    this.event = Object.defineProperties(facts as RequestEvent, {
      requestId: { enumerable: true, get: () => requestId(slots) },
      traceId: { enumerable: true, get: () => traceId(slots) },
    });
  }

  /** False when the record makes no event: `accessLogEvent` says why. */
  fill(from: KnownEmitter): boolean {
    const slots = this.#slots;
    const startUs = this.#startUs();
    const noRequest = !slots.has(SLOT.method) && !slots.has(SLOT.protocol);
    const code =
      noRequest && !slots.has(SLOT.responseCode) ? 0 : number(slots, SLOT.responseCode, 3);
    const unsaid = !slots.has(SLOT.duration);
    const duration = unsaid ? 0 : number(slots, SLOT.duration, 12);
    if (startUs < 0 || code === NO_NUMBER || duration === NO_NUMBER) return false;

    const identity = this.#identities.of(slots, from);
    const into = this.event;
    into.durationUs = unsaid ? null : duration * 1000;
    into.endUs = startUs + duration * 1000;
    into.code = code;
    into.grpcStatus = slots.has(SLOT.grpcStatus) ? this.#grpcStatus() : null;
    into.flags = this.#made(SLOT.responseFlags, this.#flags, flagsOf) ?? 0;
    into.details = this.#made(SLOT.responseCodeDetails, this.#details, detailsOf);
    into.reporter = identity.reporter;
    into.source = identity.source;
    into.destination = identity.destination;
    into.cluster = identity.cluster;
    into.subset = identity.subset;
    into.host = this.#made(SLOT.upstreamHost, this.#hosts, hostOf);
    into.mtls = identity.mtls;
    into.traits = traitsOf(code, noRequest, identity.mirror, isProber(slots));
    return true;
  }

  /** -1 when there is none that can be used. */
  #startUs(): number {
    const slots = this.#slots;
    const { source, starts, ends, startUs } = slots;
    if (startUs >= LATEST_US) return -1;
    if (!slots.has(SLOT.startTime)) return startUs;
    const own = this.#times.at(source, starts[SLOT.startTime]!, ends[SLOT.startTime]!);
    return own >= 0 && isFiner(startUs, own) ? startUs : own;
  }

  #grpcStatus(): number | null {
    const slots = this.#slots;
    const digits = number(slots, SLOT.grpcStatus, 2);
    if (digits !== NO_NUMBER) return digits <= MAX_GRPC_STATUS ? digits : null;
    if (slots.ends[SLOT.grpcStatus] === IS_NUMBER) return null;
    return this.#made(SLOT.grpcStatus, this.#statuses, grpcStatusOf);
  }

  /** What `make` makes of a field's text, once for each distinct one; null when it is unset. */
  #made<T>(slot: number, made: ByteTable<T>, make: (text: string) => T): T | null {
    const slots = this.#slots;
    if (!slots.has(slot)) return null;
    const { source } = slots;
    const start = slots.starts[slot]!;
    const end = slots.ends[slot]!;
    const known = made.find(source, start, end);
    if (known !== undefined) return known;
    const value = make(textAt(source, start, end));
    made.add(source, start, end, value);
    return value;
  }
}

/** One to `most` digits as a number; NO_NUMBER for anything else. */
function number(slots: AccessLogSlots, slot: number, most: number): number {
  if (!slots.has(slot)) return NO_NUMBER;
  const { bytes } = slots.source;
  const start = slots.starts[slot]!;
  const end = slots.ends[slot]!;
  if (end === IS_NUMBER) return start < 10 ** most ? start : NO_NUMBER;
  if (end - start > most) return NO_NUMBER;
  let value = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    if (byte < ZERO || byte > NINE) return NO_NUMBER;
    value = value * 10 + byte - ZERO;
  }
  return value;
}

const PROBER_BYTES = PROBERS.map((name) => new TextEncoder().encode(name));

function isProber(slots: AccessLogSlots): boolean {
  if (!slots.has(SLOT.userAgent)) return false;
  const { bytes } = slots.source;
  const start = slots.starts[SLOT.userAgent]!;
  const end = slots.ends[SLOT.userAgent]!;
  for (let index = 0; index < PROBER_BYTES.length; index++) {
    const name = PROBER_BYTES[index]!;
    if (bytes[start] === name[0] && end - start >= name.length && startsWith(bytes, start, name)) {
      return true;
    }
  }
  return false;
}

function startsWith(bytes: Uint8Array, start: number, name: Uint8Array): boolean {
  for (let at = 0; at < name.length; at++) {
    if (bytes[start + at] !== name[at]) return false;
  }
  return true;
}

function requestId(slots: AccessLogSlots): string | null {
  if (!slots.has(SLOT.requestId)) return null;
  return requestIdOf(
    textAt(slots.source, slots.starts[SLOT.requestId]!, slots.ends[SLOT.requestId]!),
  );
}

/** The field's, else the transport's; lower-case hexadecimal of 8 or 16 bytes, not all zeros. */
function traceId(slots: AccessLogSlots): string | null {
  const { source, traceStart, traceEnd } = slots;
  const { bytes, buffer } = source;
  if (slots.has(SLOT.traceId)) {
    const start = slots.starts[SLOT.traceId]!;
    const end = slots.ends[SLOT.traceId]!;
    if (end - start !== 16 && end - start !== 32) return null;
    let all = 0;
    for (let at = start; at < end; at++) {
      const byte = bytes[at]!;
      const digit = byte >= ZERO && byte <= NINE;
      if (!digit && (byte < LOWER_A || byte > LOWER_F)) return null;
      all |= byte ^ ZERO;
    }
    return all === 0 ? null : buffer.toString('latin1', start, end);
  }
  const length = traceEnd - traceStart;
  if (length !== 8 && length !== 16) return null;
  // Envoy pads Zipkin's 64-bit ids to OTLP's 16 bytes.
  const padded = length === 16 && areZero(bytes, traceStart, traceStart + 8);
  const start = padded ? traceStart + 8 : traceStart;
  return areZero(bytes, start, traceEnd) ? null : buffer.toString('hex', start, traceEnd);
}

function areZero(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    if (bytes[at] !== 0) return false;
  }
  return true;
}
