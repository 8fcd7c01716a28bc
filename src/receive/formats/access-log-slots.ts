import type { TextField } from './access-log-fields.ts';
import type { ByteSource } from './byte-source.ts';

/** The number of each field: its place in {@link AccessLogSlots}. */
export const SLOT = {
  startTime: 0,
  method: 1,
  protocol: 2,
  responseCode: 3,
  responseFlags: 4,
  responseCodeDetails: 5,
  grpcStatus: 6,
  duration: 7,
  userAgent: 8,
  requestId: 9,
  traceId: 10,
  authority: 11,
  upstreamHost: 12,
  upstreamCluster: 13,
  requestedServerName: 14,
  downstreamRemoteAddress: 15,
  downstreamPeerUriSan: 16,
} as const satisfies Record<TextField, number>;

export const SLOTS = Object.keys(SLOT).length;

/** Stands for a field that is unset. */
export const DASH = 0x2d;

/**
 * Where in the body the fields of one access-log record stand: `AccessLogFields` before anything is made of the bytes.
 * One object is filled for record after record.
 */
export class AccessLogSlots {
  source: ByteSource;
  /** First byte of each field that is set, or its value where `ends` is {@link IS_NUMBER}. */
  readonly starts = new Int32Array(SLOTS);
  /** Behind the last byte of each field that is set; or {@link IS_NUMBER}. */
  readonly ends = new Int32Array(SLOTS);
  /** Start by the transport, µs since the epoch; -1 when it says none. */
  startUs = -1;
  /** The transport's trace id, as bytes; both 0 when it says none. */
  traceStart = 0;
  traceEnd = 0;
  /** A bit for each slot that is set. */
  #set = 0;

  constructor(source: ByteSource) {
    this.source = source;
  }

  clear(): void {
    this.#set = 0;
    this.startUs = -1;
    this.traceStart = 0;
    this.traceEnd = 0;
  }

  /** Unsets all fields but those whose bits are in `mask`. */
  keep(mask: number): void {
    this.#set &= mask;
  }

  has(slot: number): boolean {
    return (this.#set & (1 << slot)) !== 0;
  }

  /** `-` and nothing mean unset, as in `fieldText`. */
  set(slot: number, start: number, end: number): void {
    const length = end - start;
    if (length === 0 || (length === 1 && this.source.bytes[start] === DASH)) return;
    this.starts[slot] = start;
    this.ends[slot] = end;
    this.#set |= 1 << slot;
  }

  /** The slots whose bits are in `mask` have been filled. */
  add(mask: number): void {
    this.#set |= mask;
  }

  setNumber(slot: number, value: number): void {
    this.starts[slot] = value;
    this.ends[slot] = IS_NUMBER;
    this.#set |= 1 << slot;
  }
}

export const IS_NUMBER = -1;
