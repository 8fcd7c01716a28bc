/**
 * Request events as columns: row i of every array is event i. Strings are indexes into `dictionary`, whose
 * entry 0 is null ("unknown").
 */
export interface Columns {
  count: number;
  dictionary: readonly (string | null)[];
  /** µs since the epoch; exact, below 2^53. */
  endUs: Float64Array;
  /** µs; -1 when unknown. */
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
  /** Where a sender may send part of a body again: a hash of each record's bytes and its ordinal among equals. */
  fingerprints: BigUint64Array | null;
  /** Present when the events came from spans. */
  spans: SpanColumns | null;
  /** Ids kept for exemplars: only for rows worth showing. */
  samples: readonly RowSample[];
}

export interface SpanColumns {
  /** Low 64 bits of the trace id: 64-bit and 128-bit reports of one trace are equal in it. */
  traceIdLow: BigUint64Array;
  id: BigUint64Array;
  shared: Uint8Array;
}

export interface RowSample {
  row: number;
  requestId: string | null;
  traceId: string | null;
}
