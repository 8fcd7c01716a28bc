/**
 * Latest end and longest duration a part can carry, µs: 2^52, in the year 2112. Differences of two such times
 * stay exact in zigzag form.
 */
export const MAX_TIME_US = 2 ** 52;

/**
 * Request events as columns: row i of every array is event i. Strings are indexes into `dictionary`, whose
 * entry 0 is null ("unknown"). Where it says so, arrays have room for more rows than `count`.
 */
export interface Columns {
  count: number;
  dictionary: readonly (string | null)[];
  /** µs since the epoch; whole, 0 to {@link MAX_TIME_US}. */
  endUs: Float64Array;
  /** µs, whole, at most {@link MAX_TIME_US}; -1 when unknown. */
  durationUs: Float64Array;
  code: Uint16Array;
  /** -1 when the record did not say. */
  grpcStatus: Int8Array;
  flags: Uint32Array;
  /** Index into REPORTERS. */
  reporter: Uint8Array;
  /** 0 unknown, 1 plaintext, 2 mutual TLS. */
  mtls: Uint8Array;
  traits: Uint8Array;
  details: Uint32Array;
  source: Uint32Array;
  destination: Uint32Array;
  cluster: Uint32Array;
  subset: Uint32Array;
  host: Uint32Array;
  /**
   * Where a sender may send part of a body again: a hash of each record's bytes and its ordinal among equals.
   * 0: this record has none. Null in a part without rows. As words: the lower half of row i's is at 2i.
   */
  fingerprintWords: Uint32Array | null;
  /** The same numbers in the same memory. */
  readonly fingerprints: BigUint64Array | null;
  /** Present when the events came from spans. Null in a part without rows. */
  spans: SpanColumns | null;
  /** Ids kept for exemplars: only for rows worth showing. */
  samples: readonly RowSample[];
}

/**
 * An id of 0 is none: valid ids are not 0 (W3C trace context 3.2.2). Ids come as words, the lower half of row i's at 2i,
 * and as 64-bit numbers in the same memory.
 */
export interface SpanColumns {
  /** Low 64 bits of the trace id: 64-bit and 128-bit reports of one trace are equal in it. */
  traceIdWords: Uint32Array;
  readonly traceIdLow: BigUint64Array;
  idWords: Uint32Array;
  readonly id: BigUint64Array;
  shared: Uint8Array;
}

export interface RowSample {
  row: number;
  requestId: string | null;
  traceId: string | null;
}
