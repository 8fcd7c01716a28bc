import type { Columns, SpanColumns } from './columns.ts';

/** Columns that have rows, and room for more of them or not. */
export type Rows = Omit<Columns, 'count' | 'dictionary' | 'samples' | 'fingerprints' | 'spans'> & {
  spans: SpanRows | null;
};
export type SpanRows = Pick<SpanColumns, 'traceIdWords' | 'idWords' | 'shared'>;

/** Bytes of a row in all columns, and those of the columns that not every part has. */
const ROW_BYTES = 2 * 8 + 7 * 4 + 2 + 4;
const FINGERPRINT_BYTES = 8;
const SPAN_BYTES = 2 * 8 + 1;

/** Up to 64 bytes a column; V8 allocates so small an array at a fraction of what memory outside of its heap costs. */
const FEW = 8;

/** All zero. Either each column by itself or all in one piece of memory, whichever costs less. */
export function newRows(capacity: number, fingerprints: boolean, spans: boolean): Rows {
  return capacity <= FEW
    ? fewRows(capacity, fingerprints, spans)
    : manyRows(capacity, fingerprints, spans);
}

function fewRows(capacity: number, fingerprints: boolean, spans: boolean): Rows {
  return {
    endUs: new Float64Array(capacity),
    durationUs: new Float64Array(capacity),
    fingerprintWords: fingerprints ? new Uint32Array(2 * capacity) : null,
    spans: spans
      ? {
          traceIdWords: new Uint32Array(2 * capacity),
          idWords: new Uint32Array(2 * capacity),
          shared: new Uint8Array(capacity),
        }
      : null,
    flags: new Uint32Array(capacity),
    details: new Uint32Array(capacity),
    source: new Uint32Array(capacity),
    destination: new Uint32Array(capacity),
    cluster: new Uint32Array(capacity),
    subset: new Uint32Array(capacity),
    host: new Uint32Array(capacity),
    code: new Uint16Array(capacity),
    grpcStatus: new Int8Array(capacity),
    reporter: new Uint8Array(capacity),
    mtls: new Uint8Array(capacity),
    traits: new Uint8Array(capacity),
  };
}

/** The widest come first, so that every column begins where its kind may: pairs of words are also 64-bit numbers. */
function manyRows(capacity: number, fingerprints: boolean, spans: boolean): Rows {
  const row = ROW_BYTES + (fingerprints ? FINGERPRINT_BYTES : 0) + (spans ? SPAN_BYTES : 0);
  const buffer = new ArrayBuffer(capacity * row);
  let used = 0;
  const take = (width: number): number => {
    const start = used;
    used += capacity * width;
    return start;
  };
  const times = () => new Float64Array(buffer, take(8), capacity);
  const pairs = () => new Uint32Array(buffer, take(8), 2 * capacity);
  const words = () => new Uint32Array(buffer, take(4), capacity);
  const bytes = () => new Uint8Array(buffer, take(1), capacity);
  const endUs = times();
  const durationUs = times();
  const fingerprintWords = fingerprints ? pairs() : null;
  const ids = spans ? { traceIdWords: pairs(), idWords: pairs() } : null;
  return {
    endUs,
    durationUs,
    fingerprintWords,
    flags: words(),
    details: words(),
    source: words(),
    destination: words(),
    cluster: words(),
    subset: words(),
    host: words(),
    code: new Uint16Array(buffer, take(2), capacity),
    grpcStatus: new Int8Array(buffer, take(1), capacity),
    reporter: bytes(),
    mtls: bytes(),
    traits: bytes(),
    spans: ids === null ? null : { ...ids, shared: bytes() },
  };
}

export function copyRows(from: Rows, to: Rows): void {
  to.endUs.set(from.endUs);
  to.durationUs.set(from.durationUs);
  to.code.set(from.code);
  to.grpcStatus.set(from.grpcStatus);
  to.flags.set(from.flags);
  to.reporter.set(from.reporter);
  to.mtls.set(from.mtls);
  to.traits.set(from.traits);
  to.details.set(from.details);
  to.source.set(from.source);
  to.destination.set(from.destination);
  to.cluster.set(from.cluster);
  to.subset.set(from.subset);
  to.host.set(from.host);
  if (from.fingerprintWords !== null) to.fingerprintWords?.set(from.fingerprintWords);
  if (from.spans !== null) {
    to.spans?.traceIdWords.set(from.spans.traceIdWords);
    to.spans?.idWords.set(from.spans.idWords);
    to.spans?.shared.set(from.spans.shared);
  }
}

/** The first rows alone. They may be in the same memory. */
export function firstRows(rows: Rows, count: number): Rows {
  // Not `subarray` where they are few: it would move the array out of V8's heap.
  const first = <T extends NumberColumn>(column: T, each = 1): T =>
    (column.length <= 2 * FEW
      ? column.slice(0, each * count)
      : column.subarray(0, each * count)) as T;
  const { fingerprintWords, spans } = rows;
  return {
    endUs: first(rows.endUs),
    durationUs: first(rows.durationUs),
    fingerprintWords: fingerprintWords && first(fingerprintWords, 2),
    flags: first(rows.flags),
    details: first(rows.details),
    source: first(rows.source),
    destination: first(rows.destination),
    cluster: first(rows.cluster),
    subset: first(rows.subset),
    host: first(rows.host),
    code: first(rows.code),
    grpcStatus: first(rows.grpcStatus),
    reporter: first(rows.reporter),
    mtls: first(rows.mtls),
    traits: first(rows.traits),
    spans: spans && {
      traceIdWords: first(spans.traceIdWords, 2),
      idWords: first(spans.idWords, 2),
      shared: first(spans.shared),
    },
  };
}

type NumberColumn = Float64Array | Uint32Array | Uint16Array | Uint8Array | Int8Array;
