/** Raised by a change that a reader of this version would get wrong; see docs/stream.proto. */
export const COLUMNS_VERSION = 1;

/** Field numbers of docs/stream.proto. */
export const FIELD = {
  dictionary: 1,
  firstEndUs: 2,
  endDeltaUs: 3,
  durationUs: 4,
  code: 5,
  grpcStatus: 6,
  flags: 7,
  reporter: 8,
  mtls: 9,
  traits: 10,
  details: 11,
  source: 12,
  destination: 13,
  cluster: 14,
  subset: 15,
  host: 16,
  fingerprints: 17,
  spans: 18,
  samples: 19,
} as const;
export const SPAN_FIELD = { traceIdLow: 1, id: 2, shared: 3 } as const;
export const SAMPLE_FIELD = { row: 1, requestId: 2, traceId: 3 } as const;

if (new Uint8Array(Uint16Array.of(1).buffer)[0] !== 1) {
  // fixed64 is little-endian and columns of it are copied as they lie in memory.
  throw new Error('this machine is big-endian; packed columns need a little-endian one');
}
