import { REPORTERS } from '../model/request-event.ts';
import { type Columns, MAX_TIME_US, type RowSample, type SpanColumns } from './columns.ts';
import { UndecodableMessage } from './errors.ts';
import { Reader, type Writer } from './wire.ts';

/** Raised by a change that a reader of this version would get wrong; see docs/stream.proto. */
export const COLUMNS_VERSION = 1;

const FIELD = {
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
const SPAN_FIELD = { traceIdLow: 1, id: 2, shared: 3 } as const;
const SAMPLE_FIELD = { row: 1, requestId: 2, traceId: 3 } as const;

/** Columns of whole numbers that are written as they are, and the largest value of each. */
const PLAIN = [
  ['code', 0xffff],
  ['flags', 0xffffffff],
  ['reporter', REPORTERS.length - 1],
  ['mtls', 2],
  ['traits', 0xff],
] as const;
const INDEXES = ['details', 'source', 'destination', 'cluster', 'subset', 'host'] as const;

if (new Uint8Array(Uint16Array.of(1).buffer)[0] !== 1) {
  // fixed64 is little-endian and columns of it are copied as they lie in memory.
  throw new Error('this machine is big-endian; packed columns need a little-endian one');
}

/** @throws RangeError when an end is not a whole number of 0 to {@link MAX_TIME_US} µs */
export function writeColumns(writer: Writer, columns: Columns): void {
  for (const text of columns.dictionary) {
    if (text !== null) writer.string(FIELD.dictionary, text);
  }
  writeEnds(writer, columns.endUs);
  writeUints(writer, FIELD.durationUs, columns.durationUs, 1);
  writeUints(writer, FIELD.grpcStatus, columns.grpcStatus, 1);
  for (const [name] of PLAIN) writeUints(writer, FIELD[name], columns[name]);
  for (const name of INDEXES) writeUints(writer, FIELD[name], columns[name]);
  const { fingerprints, spans } = columns;
  if (columns.count > 0 && fingerprints !== null) {
    writeFixed64(writer, FIELD.fingerprints, fingerprints);
  }
  if (columns.count > 0 && spans !== null) {
    writer.nested(FIELD.spans, () => {
      for (const name of ['traceIdLow', 'id'] as const) {
        if (spans[name].some((id) => id !== 0n))
          writeFixed64(writer, SPAN_FIELD[name], spans[name]);
      }
      writeUints(writer, SPAN_FIELD.shared, spans.shared);
    });
  }
  for (const { row, requestId, traceId } of columns.samples) {
    writer.nested(FIELD.samples, () => {
      writer.uint(SAMPLE_FIELD.row, row);
      if (requestId !== null) writer.string(SAMPLE_FIELD.requestId, requestId);
      if (traceId !== null) writer.string(SAMPLE_FIELD.traceId, traceId);
    });
  }
}

function writeEnds(writer: Writer, ends: Float64Array): void {
  if (ends.length === 0) return;
  let previous = ends[0] as number;
  writer.uint(FIELD.firstEndUs, previous);
  writer.nested(FIELD.endDeltaUs, () => {
    for (const end of ends) {
      if (!(Number.isInteger(end) && end >= 0 && end <= MAX_TIME_US)) {
        throw new RangeError(`an end is a whole number of 0 to ${MAX_TIME_US} µs, found ${end}`);
      }
      const delta = end - previous;
      writer.varint(delta >= 0 ? 2 * delta : -2 * delta - 1);
      previous = end;
    }
  });
}

function writeUints(writer: Writer, field: number, column: NumberColumn, plus = 0): void {
  let any = false;
  for (let i = 0; i < column.length && !any; i++) any = column[i] !== -plus;
  if (!any) return;
  writer.nested(field, () => {
    for (let i = 0; i < column.length; i++) writer.varint((column[i] as number) + plus);
  });
}

function writeFixed64(writer: Writer, field: number, column: BigUint64Array): void {
  writer.bytes(field, new Uint8Array(column.buffer, column.byteOffset, column.byteLength));
}

/**
 * @param events how many rows the outer frame announced
 * @throws UndecodableMessage when the columns contradict the frame, each other or their ranges
 */
export function readColumns(bytes: Uint8Array, events: number): Columns {
  const dictionary: (string | null)[] = [null];
  const samples: RowSample[] = [];
  const packed = new Map<number, Uint8Array>();
  let firstEndUs = 0;
  const reader = new Reader(bytes);
  while (reader.next()) {
    const { field } = reader;
    if (field === FIELD.dictionary) dictionary.push(reader.string('dictionary'));
    else if (field === FIELD.firstEndUs) firstEndUs = reader.uint('first_end_us', MAX_TIME_US);
    else if (field === FIELD.samples) samples.push(readSample(reader.bytes('sample'), events));
    else if (field <= FIELD.spans) takeColumn(packed, reader);
    else reader.skip();
  }

  // The ends are always there, one byte a row at least: so `events` is bounded by the bytes before anything of
  // its size is allocated.
  const ends = packed.get(FIELD.endDeltaUs) ?? NO_BYTES;
  if (events > ends.length) {
    throw new UndecodableMessage(
      `${events} events announced, end_delta_us has ${ends.length} bytes`,
    );
  }
  const uints = <T extends NumberColumn>(
    name: keyof typeof FIELD,
    into: T,
    most: number,
    plus = 0,
  ) => readUints(packed.get(FIELD[name]), name, into, most, plus);
  const [plain, index] = [0xffffffff, dictionary.length - 1];
  const spans = packed.get(FIELD.spans);
  const fingerprints = packed.get(FIELD.fingerprints);
  return {
    count: events,
    dictionary,
    endUs: readEnds(ends, firstEndUs, events),
    durationUs: uints('durationUs', new Float64Array(events), MAX_TIME_US + 1, 1),
    code: uints('code', new Uint16Array(events), 0xffff),
    grpcStatus: uints('grpcStatus', new Int8Array(events), 128, 1),
    flags: uints('flags', new Uint32Array(events), plain),
    reporter: uints('reporter', new Uint8Array(events), REPORTERS.length - 1),
    mtls: uints('mtls', new Uint8Array(events), 2),
    traits: uints('traits', new Uint8Array(events), 0xff),
    details: uints('details', new Uint32Array(events), index),
    source: uints('source', new Uint32Array(events), index),
    destination: uints('destination', new Uint32Array(events), index),
    cluster: uints('cluster', new Uint32Array(events), index),
    subset: uints('subset', new Uint32Array(events), index),
    host: uints('host', new Uint32Array(events), index),
    fingerprints: fingerprints ? readFixed64(fingerprints, 'fingerprint', events) : null,
    spans: spans ? readSpans(spans, events) : null,
    samples,
  };
}

type NumberColumn = Float64Array | Uint32Array | Uint16Array | Uint8Array | Int8Array;

const NO_BYTES = new Uint8Array(0);

function takeColumn(packed: Map<number, Uint8Array>, reader: Reader): void {
  if (packed.has(reader.field)) {
    throw new UndecodableMessage(`column ${reader.field} is not in one piece`);
  }
  packed.set(reader.field, reader.bytes(`column ${reader.field}`));
}

function readEnds(bytes: Uint8Array, firstEndUs: number, events: number): Float64Array {
  const ends = new Float64Array(events);
  const reader = new Reader(bytes);
  let end = firstEndUs;
  for (let row = 0; row < events; row++) {
    const zigzag = reader.varint('end_delta_us');
    end += zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
    if (!(end >= 0 && end <= MAX_TIME_US)) {
      throw new UndecodableMessage(`an end is 0 to ${MAX_TIME_US} µs, found ${end} in row ${row}`);
    }
    ends[row] = end;
  }
  expectEnd(reader, 'end_delta_us', events);
  return ends;
}

/** Fills `into` with a packed column less `plus`; `most` is the largest number allowed on the wire. */
function readUints<T extends NumberColumn>(
  bytes: Uint8Array | undefined,
  name: string,
  into: T,
  most: number,
  plus: number,
): T {
  if (bytes === undefined) {
    if (plus !== 0) into.fill(-plus);
    return into;
  }
  const reader = new Reader(bytes);
  for (let row = 0; row < into.length; row++) into[row] = reader.varint(name, most) - plus;
  expectEnd(reader, name, into.length);
  return into;
}

function expectEnd(reader: Reader, name: string, events: number): void {
  if (!reader.done) throw new UndecodableMessage(`${name}: more values than the ${events} events`);
}

function readFixed64(bytes: Uint8Array, name: string, events: number): BigUint64Array {
  if (bytes.length !== events * 8) {
    throw new UndecodableMessage(`${name}: ${bytes.length} bytes for ${events} events of 8 bytes`);
  }
  // A copy: it must start at a multiple of 8, and should not keep the record alive. Not `slice`, which is a
  // view of the whole pool when the bytes are a Buffer.
  return new BigUint64Array(Uint8Array.from(bytes).buffer);
}

function readSpans(bytes: Uint8Array, events: number): SpanColumns {
  const packed = new Map<number, Uint8Array>();
  const reader = new Reader(bytes);
  while (reader.next()) {
    if (reader.field <= SPAN_FIELD.shared) takeColumn(packed, reader);
    else reader.skip();
  }
  const fixed64 = (field: number, name: string) => {
    const column = packed.get(field);
    return column ? readFixed64(column, name, events) : new BigUint64Array(events);
  };
  return {
    traceIdLow: fixed64(SPAN_FIELD.traceIdLow, 'trace_id_low'),
    id: fixed64(SPAN_FIELD.id, 'span id'),
    shared: readUints(packed.get(SPAN_FIELD.shared), 'shared', new Uint8Array(events), 1, 0),
  };
}

function readSample(bytes: Uint8Array, events: number): RowSample {
  const sample: RowSample = { row: 0, requestId: null, traceId: null };
  const reader = new Reader(bytes);
  while (reader.next()) {
    if (reader.field === SAMPLE_FIELD.row) sample.row = reader.uint('sample row');
    else if (reader.field === SAMPLE_FIELD.requestId)
      sample.requestId = reader.string('request id');
    else if (reader.field === SAMPLE_FIELD.traceId) sample.traceId = reader.string('trace id');
    else reader.skip();
  }
  if (sample.row >= events) {
    throw new UndecodableMessage(`a sample of row ${sample.row} among ${events} events`);
  }
  return sample;
}
