import type { Columns, SpanColumns } from './columns.ts';

/** The columns of a part while it is being built: more room than rows. */
export type Rows = Omit<Columns, 'count' | 'dictionary' | 'samples' | 'spans'> & {
  spans: SpanRows | null;
};

/** With the ids also as words, two for each. */
interface SpanRows extends SpanColumns {
  traceIdWords: Uint32Array;
  idWords: Uint32Array;
}

/** Bytes of a row in all columns, and those of the columns that not every part has. */
const ROW_BYTES = 2 * 8 + 7 * 4 + 2 + 4;
const FINGERPRINT_BYTES = 8;
const SPAN_BYTES = 2 * 8 + 1;

/**
 * All columns in one piece of memory, of which each costs more than its rows do while parts are small. The widest come
 * first, so that every column begins where its kind may. `capacity` is a multiple of 8.
 */
export function newRows(capacity: number, fingerprints: boolean, spans: boolean): Rows {
  const row = ROW_BYTES + (fingerprints ? FINGERPRINT_BYTES : 0) + (spans ? SPAN_BYTES : 0);
  const buffer = new ArrayBuffer(capacity * row);
  let used = 0;
  const take = (width: number): number => {
    const start = used;
    used += capacity * width;
    return start;
  };
  const words = () => new Uint32Array(buffer, take(4), capacity);
  const bytes = () => new Uint8Array(buffer, take(1), capacity);
  const fingerprintColumn = fingerprints ? new BigUint64Array(buffer, take(8), capacity) : null;
  const ids = spans ? { traceId: take(8), id: take(8) } : null;
  return {
    fingerprints: fingerprintColumn,
    endUs: new Float64Array(buffer, take(8), capacity),
    durationUs: new Float64Array(buffer, take(8), capacity),
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
    spans:
      ids === null
        ? null
        : {
            traceIdLow: new BigUint64Array(buffer, ids.traceId, capacity),
            traceIdWords: new Uint32Array(buffer, ids.traceId, 2 * capacity),
            id: new BigUint64Array(buffer, ids.id, capacity),
            idWords: new Uint32Array(buffer, ids.id, 2 * capacity),
            shared: bytes(),
          },
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
  if (from.fingerprints !== null) to.fingerprints?.set(from.fingerprints);
  if (from.spans !== null) {
    to.spans?.traceIdLow.set(from.spans.traceIdLow);
    to.spans?.id.set(from.spans.id);
    to.spans?.shared.set(from.spans.shared);
  }
}
