import { REPORTERS } from '../model/request-event.ts';
import {
  type Piece,
  readDurations,
  readEnds,
  readFixed64,
  readNarrow,
  readWide,
} from './column-reader.ts';
import { type Columns, MAX_TIME_US, type RowSample } from './columns.ts';
import { FIELD, SAMPLE_FIELD, SPAN_FIELD } from './columns-fields.ts';
import { UndecodableMessage } from './errors.ts';
import { PackedColumns } from './packed-columns.ts';
import { Pieces } from './pieces.ts';
import { Reader } from './reader.ts';
import { newRows, type Rows, type SpanRows } from './rows.ts';
import { TextTable } from './text-table.ts';

/** As many names, addresses and details as a large mesh has; 1 MB and their strings. */
const texts = new TextTable(16384);
const columnPieces = new Pieces(FIELD.spans);
const spanPieces = new Pieces(SPAN_FIELD.shared);

/**
 * Reads to the end of the message that `reader` is in.
 *
 * @param events how many rows the outer frame announced
 * @param withSamples whether to keep the samples; they are checked in any case
 * @throws UndecodableMessage when the columns contradict the frame, each other or their ranges
 */
export function readColumns(reader: Reader, events: number, withSamples: boolean): Columns {
  const dictionary: (string | null)[] = [null];
  const samples: RowSample[] = [];
  const pieces = columnPieces;
  pieces.begin(reader.bytes);
  let firstEndUs = 0;
  while (reader.next()) {
    const { field } = reader;
    if (field === FIELD.dictionary) {
      const start = reader.delimited('dictionary');
      dictionary.push(texts.text(reader, start, reader.at, 'dictionary'));
    } else if (field === FIELD.firstEndUs) {
      firstEndUs = reader.uint('first_end_us', MAX_TIME_US);
    } else if (field === FIELD.samples) {
      const sample = readSample(reader, events, withSamples);
      if (withSamples) samples.push(sample);
    } else if (field <= FIELD.spans) {
      pieces.take(reader);
    } else {
      reader.skip();
    }
  }
  // The ends are always there, one byte a row at least: so `events` is bounded by the bytes before anything of
  // its size is allocated.
  pieces.find(FIELD.endDeltaUs);
  if (events > pieces.length) {
    throw new UndecodableMessage(
      `${events} events announced, end_delta_us has ${pieces.length} bytes`,
    );
  }
  const rows = newRows(events, pieces.has(FIELD.fingerprints), pieces.has(FIELD.spans));
  readEnds(pieces, firstEndUs, rows.endUs);
  readRows(pieces, rows, dictionary.length - 1);
  return new PackedColumns(events, dictionary, rows, samples);
}

function readRows(pieces: Pieces, rows: Rows, lastIndex: number): void {
  if (pieces.find(FIELD.durationUs)) readDurations(pieces, 'durationUs', rows.durationUs);
  else rows.durationUs.fill(-1);
  if (pieces.find(FIELD.code)) readNarrow(pieces, 'code', rows.code, 0xffff, 0);
  if (pieces.find(FIELD.grpcStatus)) readNarrow(pieces, 'grpcStatus', rows.grpcStatus, 128, 1);
  else rows.grpcStatus.fill(-1);
  if (pieces.find(FIELD.flags)) readWide(pieces, 'flags', rows.flags, 0xffffffff);
  if (pieces.find(FIELD.reporter)) {
    readNarrow(pieces, 'reporter', rows.reporter, REPORTERS.length - 1, 0);
  }
  if (pieces.find(FIELD.mtls)) readNarrow(pieces, 'mtls', rows.mtls, 2, 0);
  if (pieces.find(FIELD.traits)) readNarrow(pieces, 'traits', rows.traits, 0xff, 0);
  if (pieces.find(FIELD.details)) readWide(pieces, 'details', rows.details, lastIndex);
  if (pieces.find(FIELD.source)) readWide(pieces, 'source', rows.source, lastIndex);
  if (pieces.find(FIELD.destination)) {
    readWide(pieces, 'destination', rows.destination, lastIndex);
  }
  if (pieces.find(FIELD.cluster)) readWide(pieces, 'cluster', rows.cluster, lastIndex);
  if (pieces.find(FIELD.subset)) readWide(pieces, 'subset', rows.subset, lastIndex);
  if (pieces.find(FIELD.host)) readWide(pieces, 'host', rows.host, lastIndex);
  const { fingerprintWords, spans } = rows;
  if (fingerprintWords !== null && pieces.find(FIELD.fingerprints)) {
    readFixed64(pieces, 'fingerprint', fingerprintWords);
  }
  if (spans !== null && pieces.find(FIELD.spans)) readSpans(pieces, spans);
}

function readSpans({ bytes, from, to }: Piece, rows: SpanRows): void {
  const pieces = spanPieces;
  pieces.begin(bytes);
  const reader = new Reader(bytes, from, to);
  while (reader.next()) {
    if (reader.field <= SPAN_FIELD.shared) pieces.take(reader);
    else reader.skip();
  }
  if (pieces.find(SPAN_FIELD.traceIdLow)) {
    readFixed64(pieces, 'trace_id_low', rows.traceIdWords);
  }
  if (pieces.find(SPAN_FIELD.id)) readFixed64(pieces, 'span id', rows.idWords);
  if (pieces.find(SPAN_FIELD.shared)) readNarrow(pieces, 'shared', rows.shared, 1, 0);
}

/** The texts are checked in any case; without them the sample has its row alone. */
function readSample(reader: Reader, events: number, withTexts: boolean): RowSample {
  const sample: RowSample = { row: 0, requestId: null, traceId: null };
  const outer = reader.enter('sample');
  while (reader.next()) {
    const { field } = reader;
    if (field === SAMPLE_FIELD.row) sample.row = reader.uint('sample row');
    else if (field === SAMPLE_FIELD.requestId)
      sample.requestId = idOf(reader, 'request id', withTexts);
    else if (field === SAMPLE_FIELD.traceId) sample.traceId = idOf(reader, 'trace id', withTexts);
    else reader.skip();
  }
  reader.leave(outer);
  if (sample.row >= events) {
    throw new UndecodableMessage(`a sample of row ${sample.row} among ${events} events`);
  }
  return sample;
}

function idOf(reader: Reader, what: string, withTexts: boolean): string | null {
  if (withTexts) return reader.string(what);
  reader.skipString(what);
  return null;
}
