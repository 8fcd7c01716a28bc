import { writeDurations, writeEndDeltas, writeNarrow, writeWide } from './column-writer.ts';
import type { Columns, RowSample, SpanColumns } from './columns.ts';
import { FIELD, SAMPLE_FIELD, SPAN_FIELD } from './columns-fields.ts';
import type { Writer } from './writer.ts';

/** @throws RangeError when an end is not a whole number of 0 to {@link MAX_TIME_US} µs */
export function writeColumns(writer: Writer, columns: Columns): void {
  const { count, dictionary, samples } = columns;
  for (let i = 1; i < dictionary.length; i++) writer.string(FIELD.dictionary, dictionary[i]!);
  if (count > 0) writeRows(writer, columns, count);
  for (let i = 0; i < samples.length; i++) writeSample(writer, samples[i]!);
}

function writeRows(writer: Writer, columns: Columns, count: number): void {
  const { endUs, fingerprintWords, spans } = columns;
  writer.uint(FIELD.firstEndUs, endUs[0]!);
  writeEndDeltas(writer, FIELD.endDeltaUs, endUs, count);
  writeDurations(writer, FIELD.durationUs, columns.durationUs, count);
  writeNarrow(writer, FIELD.grpcStatus, columns.grpcStatus, count, 1);
  writeNarrow(writer, FIELD.code, columns.code, count, 0);
  writeWide(writer, FIELD.flags, columns.flags, count);
  writeNarrow(writer, FIELD.reporter, columns.reporter, count, 0);
  writeNarrow(writer, FIELD.mtls, columns.mtls, count, 0);
  writeNarrow(writer, FIELD.traits, columns.traits, count, 0);
  writeWide(writer, FIELD.details, columns.details, count);
  writeWide(writer, FIELD.source, columns.source, count);
  writeWide(writer, FIELD.destination, columns.destination, count);
  writeWide(writer, FIELD.cluster, columns.cluster, count);
  writeWide(writer, FIELD.subset, columns.subset, count);
  writeWide(writer, FIELD.host, columns.host, count);
  if (fingerprintWords !== null) {
    writeFixed64(writer, FIELD.fingerprints, fingerprintWords, count);
  }
  if (spans !== null) writeSpans(writer, spans, count);
}

function writeSpans(writer: Writer, spans: SpanColumns, count: number): void {
  const start = writer.open(FIELD.spans, 16 * count);
  const { traceIdWords, idWords } = spans;
  if (!isZero(traceIdWords, count)) {
    writeFixed64(writer, SPAN_FIELD.traceIdLow, traceIdWords, count);
  }
  if (!isZero(idWords, count)) writeFixed64(writer, SPAN_FIELD.id, idWords, count);
  writeNarrow(writer, SPAN_FIELD.shared, spans.shared, count, 0);
  writer.close(start, 16 * count);
}

function isZero(words: Uint32Array, count: number): boolean {
  for (let i = 0; i < 2 * count; i++) if (words[i] !== 0) return false;
  return true;
}

/** Byte by byte: a view of an array that V8 keeps in its own heap would move it out. */
function writeFixed64(writer: Writer, field: number, words: Uint32Array, count: number): void {
  const start = writer.open(field, 8 * count);
  writer.reserve(8 * count);
  const { bytes } = writer;
  let { at } = writer;
  for (let i = 0; i < 2 * count; i++) {
    const word = words[i]!;
    bytes[at] = word;
    bytes[at + 1] = word >>> 8;
    bytes[at + 2] = word >>> 16;
    bytes[at + 3] = word >>> 24;
    at += 4;
  }
  writer.at = at;
  writer.close(start, 8 * count);
}

function writeSample(writer: Writer, { row, requestId, traceId }: RowSample): void {
  const expected = 8 + (requestId?.length ?? 0) + (traceId?.length ?? 0);
  const start = writer.open(FIELD.samples, expected);
  writer.uint(SAMPLE_FIELD.row, row);
  if (requestId !== null) writer.string(SAMPLE_FIELD.requestId, requestId);
  if (traceId !== null) writer.string(SAMPLE_FIELD.traceId, traceId);
  writer.close(start, expected);
}
