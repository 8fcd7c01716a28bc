import type { Columns, RowSample, SpanColumns } from './columns.ts';
import type { Rows, SpanRows } from './rows.ts';

/** Rows as {@link Columns}. */
export class PackedColumns implements Columns {
  count: number;
  dictionary: readonly (string | null)[];
  endUs: Float64Array;
  durationUs: Float64Array;
  code: Uint16Array;
  grpcStatus: Int8Array;
  flags: Uint32Array;
  reporter: Uint8Array;
  mtls: Uint8Array;
  traits: Uint8Array;
  details: Uint32Array;
  source: Uint32Array;
  destination: Uint32Array;
  cluster: Uint32Array;
  subset: Uint32Array;
  host: Uint32Array;
  fingerprintWords: Uint32Array | null;
  spans: SpanColumns | null;
  samples: readonly RowSample[];

  constructor(
    count: number,
    dictionary: readonly (string | null)[],
    rows: Rows,
    samples: readonly RowSample[],
  ) {
    this.count = count;
    this.dictionary = dictionary;
    this.endUs = rows.endUs;
    this.durationUs = rows.durationUs;
    this.code = rows.code;
    this.grpcStatus = rows.grpcStatus;
    this.flags = rows.flags;
    this.reporter = rows.reporter;
    this.mtls = rows.mtls;
    this.traits = rows.traits;
    this.details = rows.details;
    this.source = rows.source;
    this.destination = rows.destination;
    this.cluster = rows.cluster;
    this.subset = rows.subset;
    this.host = rows.host;
    // Null in a part without rows: such a part does not say which columns it could have had.
    this.fingerprintWords = count > 0 ? rows.fingerprintWords : null;
    this.spans = count > 0 && rows.spans !== null ? new PackedSpans(rows.spans) : null;
    this.samples = samples;
  }

  get fingerprints(): BigUint64Array | null {
    return this.fingerprintWords && numbersOf(this.fingerprintWords);
  }
}

class PackedSpans implements SpanColumns {
  traceIdWords: Uint32Array;
  idWords: Uint32Array;
  shared: Uint8Array;

  constructor({ traceIdWords, idWords, shared }: SpanRows) {
    this.traceIdWords = traceIdWords;
    this.idWords = idWords;
    this.shared = shared;
  }

  get traceIdLow(): BigUint64Array {
    return numbersOf(this.traceIdWords);
  }

  get id(): BigUint64Array {
    return numbersOf(this.idWords);
  }
}

function numbersOf(words: Uint32Array): BigUint64Array {
  return new BigUint64Array(words.buffer, words.byteOffset, words.length / 2);
}
