import { INPUTS } from '../model/input.ts';
import { readBodyId, writeBodyId } from './body-id.ts';
import type { Columns } from './columns.ts';
import { COLUMNS_VERSION } from './columns-fields.ts';
import { readColumns } from './columns-reader.ts';
import { writeColumns } from './columns-writer.ts';
import { Counts, writeCounts } from './counts.ts';
import { UndecodableMessage } from './errors.ts';
import type { Part, PartFrame } from './message.ts';
import type { Reader } from './reader.ts';
import type { Writer } from './writer.ts';

/** Field numbers of docs/stream.proto. */
const PART = {
  bodyId: 1,
  chunk: 2,
  provider: 3,
  input: 4,
  receivedMs: 5,
  events: 6,
  deadLetters: 7,
  notRequests: 8,
  columnsVersion: 9,
  columns: 10,
} as const;

/** Most parts are longer than 127 bytes and shorter than 16 kB. */
const EXPECTED_BYTES = 1024;

/** A part of which only the frame was read yet. */
export interface PackedPart {
  frame: PartFrame;
  version: number;
  /** Where its columns begin and end in the record. */
  from: number;
  to: number;
}

export function writePart(writer: Writer, field: number, { frame, columns }: Part): void {
  if (frame.events !== columns.count) {
    throw new RangeError(
      `the frame says ${frame.events} events, the columns have ${columns.count}`,
    );
  }
  const part = writer.open(field, EXPECTED_BYTES);
  writeBodyId(writer, PART.bodyId, frame.bodyId);
  writer.uint(PART.chunk, frame.chunk);
  writer.string(PART.provider, frame.provider);
  writer.uint(PART.input, INPUTS.indexOf(frame.input) + 1);
  writer.uint(PART.receivedMs, frame.receivedAt);
  writer.uint(PART.events, frame.events);
  writeCounts(writer, PART.deadLetters, frame.deadLetters);
  writeCounts(writer, PART.notRequests, frame.notRequests);
  writer.uint(PART.columnsVersion, COLUMNS_VERSION);
  const start = writer.open(PART.columns, EXPECTED_BYTES);
  writeColumns(writer, columns);
  writer.close(start, EXPECTED_BYTES);
  writer.close(part, EXPECTED_BYTES);
}

/** Reads the frame of the part that the reader is at, and passes over its columns. */
export function readPart(reader: Reader): PackedPart {
  const outer = reader.enter('part');
  const deadLetters = new Counts();
  const notRequests = new Counts();
  let bodyId = '';
  let chunk = 0;
  let provider = '';
  let input: PartFrame['input'] | null = null;
  let receivedAt = 0;
  let events = 0;
  let version = 0;
  let from = 0;
  let to = 0;
  while (reader.next()) {
    const { field } = reader;
    if (field === PART.bodyId) bodyId = readBodyId(reader);
    else if (field === PART.chunk) chunk = reader.uint('chunk', 0xffffffff);
    else if (field === PART.provider) provider = reader.string('provider');
    else if (field === PART.input) input = inputOf(reader.uint('input'));
    else if (field === PART.receivedMs) receivedAt = reader.uint('received_ms');
    else if (field === PART.events) events = reader.uint('events', 0xffffffff);
    else if (field === PART.deadLetters) deadLetters.read(reader, 'dead_letters');
    else if (field === PART.notRequests) notRequests.read(reader, 'not_requests');
    else if (field === PART.columnsVersion) version = reader.uint('columns_version', 0xffffffff);
    else if (field === PART.columns) {
      from = reader.delimited('columns');
      to = reader.at;
    } else reader.skip();
  }
  reader.leave(outer);
  if (bodyId === '') throw new UndecodableMessage('a part without body_id');
  if (input === null) throw new UndecodableMessage('a part without input');
  const frame = {
    bodyId,
    chunk,
    provider,
    input,
    receivedAt,
    events,
    deadLetters: deadLetters.byReason(),
    notRequests: notRequests.byReason(),
  };
  return { frame, version, from, to };
}

/** @throws UndecodableMessage when they are damaged or of another version */
export function readColumnsOf(
  reader: Reader,
  { frame, version, from, to }: PackedPart,
  withSamples: boolean,
): Columns {
  if (version !== COLUMNS_VERSION) {
    throw new UndecodableMessage(
      `columns of version ${version}; this release reads version ${COLUMNS_VERSION}`,
    );
  }
  reader.at = from;
  reader.end = to;
  return readColumns(reader, frame.events, withSamples);
}

function inputOf(number: number): PartFrame['input'] {
  const input = INPUTS[number - 1];
  if (input === undefined) {
    throw new UndecodableMessage(`input ${number} is not known; known are 1 to ${INPUTS.length}`);
  }
  return input;
}
