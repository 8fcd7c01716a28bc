import { INPUTS } from '../model/input.ts';
import type { Policy } from '../model/policy.ts';
import { COLUMNS_VERSION, readColumns, writeColumns } from './columns-codec.ts';
import { UndecodableMessage } from './errors.ts';
import type { Message, Part, PartFrame } from './message.ts';
import { readPolicy } from './policy.ts';
import { Reader, Writer } from './wire.ts';

export { UndecodableMessage };

/** Field numbers of docs/stream.proto. */
const RECORD = { parts: 1, tick: 2, policy: 3 } as const;
const POLICY = { json: 1 } as const;
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
const MAP_ENTRY = { key: 1, value: 2 } as const;

const utf8 = new TextEncoder();

/** @throws RangeError when there are no parts, or a part is not what its types say */
export function encodeParts(parts: readonly Part[]): Uint8Array {
  if (parts.length === 0) throw new RangeError('a record holds at least one part, found none');
  const writer = new Writer();
  for (const part of parts) writer.nested(RECORD.parts, () => writePart(writer, part));
  return writer.finish();
}

export function encodeTick(): Uint8Array {
  const writer = new Writer();
  writer.bytes(RECORD.tick, new Uint8Array(0));
  return writer.finish();
}

/** @throws UndecodableMessage when no reader could take the policy: such a record must not be appended */
export function encodePolicy(policy: Policy): Uint8Array {
  const json = utf8.encode(JSON.stringify(policy));
  readPolicy(json);
  const writer = new Writer();
  writer.nested(RECORD.policy, () => writer.bytes(POLICY.json, json));
  return writer.finish();
}

/**
 * Reads a record of the `requests` topic. Memory stays within about 80 times the value's length (150 for nothing
 * but empty parts), whatever the bytes announce.
 *
 * @throws UndecodableMessage when the bytes are damaged or of a newer version
 */
export function decodeMessage(value: Uint8Array): Message {
  const record = readRecord(value);
  if (record.kind !== 'parts') return record;
  return {
    kind: 'parts',
    parts: record.parts.map(({ frame, columns }) => ({ frame, columns: columns() })),
  };
}

/**
 * The outer frames of a record's parts, whatever version their columns are of; empty for a tick and a policy.
 *
 * @throws UndecodableMessage when the frames themselves are damaged
 */
export function decodeFrames(value: Uint8Array): PartFrame[] {
  const record = readRecord(value);
  return record.kind === 'parts' ? record.parts.map(({ frame }) => frame) : [];
}

interface PackedPart {
  frame: PartFrame;
  /** Reads the columns; throws UndecodableMessage. */
  columns: () => Part['columns'];
}

type RawRecord =
  | { kind: 'parts'; parts: PackedPart[] }
  | Extract<Message, { kind: 'tick' | 'policy' }>;

function readRecord(value: Uint8Array): RawRecord {
  const reader = new Reader(value);
  const parts: PackedPart[] = [];
  const others: RawRecord[] = [];
  while (reader.next()) {
    if (reader.field === RECORD.parts) {
      parts.push(readPart(reader.bytes('part')));
    } else if (reader.field === RECORD.tick) {
      reader.bytes('tick');
      others.push({ kind: 'tick' });
    } else if (reader.field === RECORD.policy) {
      others.push({ kind: 'policy', policy: readPolicy(policyJson(reader.bytes('policy'))) });
    } else {
      reader.skip();
    }
  }
  const records = parts.length > 0 ? [{ kind: 'parts', parts } as const, ...others] : others;
  const [record] = records;
  if (record === undefined || records.length > 1) {
    const found = records.map(({ kind }) => kind).join(' and ') || 'none of them';
    throw new UndecodableMessage(`a record is parts, a tick or a policy, found ${found}`);
  }
  return record;
}

function policyJson(bytes: Uint8Array): Uint8Array {
  let json = new Uint8Array(0);
  const reader = new Reader(bytes);
  while (reader.next()) {
    if (reader.field === POLICY.json) json = new Uint8Array(reader.bytes('policy json'));
    else reader.skip();
  }
  return json;
}

function writePart(writer: Writer, { frame, columns }: Part): void {
  if (frame.events !== columns.count) {
    throw new RangeError(
      `the frame says ${frame.events} events, the columns have ${columns.count}`,
    );
  }
  writer.bytes(PART.bodyId, bodyIdBytes(frame.bodyId));
  writer.uint(PART.chunk, frame.chunk);
  writer.string(PART.provider, frame.provider);
  writer.uint(PART.input, INPUTS.indexOf(frame.input) + 1);
  writer.uint(PART.receivedMs, frame.receivedAt);
  writer.uint(PART.events, frame.events);
  writeCounts(writer, PART.deadLetters, frame.deadLetters);
  writeCounts(writer, PART.notRequests, frame.notRequests);
  writer.uint(PART.columnsVersion, COLUMNS_VERSION);
  writer.nested(PART.columns, () => writeColumns(writer, columns));
}

function readPart(bytes: Uint8Array): PackedPart {
  const frame = emptyFrame();
  const deadLetters = new Map<string, number>();
  const notRequests = new Map<string, number>();
  let version = 0;
  let columns: Uint8Array = new Uint8Array(0);
  const reader = new Reader(bytes);
  while (reader.next()) {
    const { field } = reader;
    if (field === PART.bodyId) frame.bodyId = bodyIdText(reader.bytes('body_id'));
    else if (field === PART.chunk) frame.chunk = reader.uint('chunk', 0xffffffff);
    else if (field === PART.provider) frame.provider = reader.string('provider');
    else if (field === PART.input) frame.input = inputOf(reader.uint('input'));
    else if (field === PART.receivedMs) frame.receivedAt = reader.uint('received_ms');
    else if (field === PART.events) frame.events = reader.uint('events', 0xffffffff);
    else if (field === PART.deadLetters) readCount(reader.bytes('dead_letters'), deadLetters);
    else if (field === PART.notRequests) readCount(reader.bytes('not_requests'), notRequests);
    else if (field === PART.columnsVersion) version = reader.uint('columns_version', 0xffffffff);
    else if (field === PART.columns) columns = reader.bytes('columns');
    else reader.skip();
  }
  if (frame.bodyId === '') throw new UndecodableMessage('a part without body_id');
  if (frame.input === null) throw new UndecodableMessage('a part without input');
  frame.deadLetters = Object.fromEntries(deadLetters);
  frame.notRequests = Object.fromEntries(notRequests);
  return {
    frame: frame as PartFrame,
    columns: () => {
      if (version !== COLUMNS_VERSION) {
        throw new UndecodableMessage(
          `columns of version ${version}; this release reads version ${COLUMNS_VERSION}`,
        );
      }
      return readColumns(columns, frame.events);
    },
  };
}

function emptyFrame(): Omit<PartFrame, 'input'> & { input: PartFrame['input'] | null } {
  return {
    bodyId: '',
    chunk: 0,
    provider: '',
    input: null,
    receivedAt: 0,
    events: 0,
    deadLetters: {},
    notRequests: {},
  };
}

function inputOf(number: number): PartFrame['input'] {
  const input = INPUTS[number - 1];
  if (input === undefined) {
    throw new UndecodableMessage(`input ${number} is not known; known are 1 to ${INPUTS.length}`);
  }
  return input;
}

function writeCounts(
  writer: Writer,
  field: number,
  counts: Readonly<Record<string, number>>,
): void {
  for (const [reason, count] of Object.entries(counts)) {
    writer.nested(field, () => {
      writer.string(MAP_ENTRY.key, reason);
      writer.uint(MAP_ENTRY.value, count);
    });
  }
}

function readCount(bytes: Uint8Array, counts: Map<string, number>): void {
  let reason = '';
  let count = 0;
  const reader = new Reader(bytes);
  while (reader.next()) {
    if (reader.field === MAP_ENTRY.key) reason = reader.string('reason');
    else if (reader.field === MAP_ENTRY.value) count = reader.uint('count', 0xffffffff);
    else reader.skip();
  }
  counts.set(reason, count);
}

const BODY_ID = /^[0-9a-f]{32}$/;

function bodyIdBytes(bodyId: string): Uint8Array {
  if (!BODY_ID.test(bodyId)) {
    throw new RangeError(`a body id is 32 lower-hex characters, found ${JSON.stringify(bodyId)}`);
  }
  return Uint8Array.from({ length: 16 }, (_, i) =>
    Number.parseInt(bodyId.slice(2 * i, 2 * i + 2), 16),
  );
}

function bodyIdText(bytes: Uint8Array): string {
  if (bytes.length !== 16) {
    throw new UndecodableMessage(`body_id is 16 bytes, found ${bytes.length}`);
  }
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
