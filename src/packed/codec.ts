import type { Policy } from '../model/policy.ts';
import { UndecodableMessage } from './errors.ts';
import type { Message, Part, PartFrame } from './message.ts';
import { type PackedPart, readColumnsOf, readPart, writePart } from './part-codec.ts';
import { readPolicy } from './policy.ts';
import { Reader } from './reader.ts';
import { Writer } from './writer.ts';

export { UndecodableMessage };

/** Field numbers of docs/stream.proto. */
const RECORD = { parts: 1, tick: 2, policy: 3 } as const;
const POLICY = { json: 1 } as const;

const NO_BYTES = new Uint8Array(0);
const utf8 = new TextEncoder();
/** One for all: nothing is written while something else is. */
const writer = new Writer();

/** @throws RangeError when there are no parts, or a part is not what its types say */
export function encodeParts(parts: readonly Part[]): Uint8Array {
  if (parts.length === 0) throw new RangeError('a record holds at least one part, found none');
  writer.begin();
  for (const part of parts) writePart(writer, RECORD.parts, part);
  return writer.finish();
}

export function encodeTick(): Uint8Array {
  writer.begin();
  writer.delimited(RECORD.tick, NO_BYTES);
  return writer.finish();
}

/** @throws UndecodableMessage when no reader could take the policy: such a record must not be appended */
export function encodePolicy(policy: Policy): Uint8Array {
  const json = utf8.encode(JSON.stringify(policy));
  readPolicy(json);
  writer.begin();
  const start = writer.open(RECORD.policy, json.length);
  writer.delimited(POLICY.json, json);
  writer.close(start, json.length);
  return writer.finish();
}

/**
 * Reads a record of the `requests` topic. Memory stays within about 80 times the value's length (150 for nothing
 * but empty parts), whatever the bytes announce.
 *
 * @param samples false leaves them out; they are checked all the same
 * @throws UndecodableMessage when the bytes are damaged or of a newer version
 */
export function decodeMessage(value: Uint8Array, { samples = true } = {}): Message {
  const reader = new Reader(value);
  const record = readRecord(reader);
  if (record.kind !== 'parts') return record;
  const parts = record.parts.map((part) => ({
    frame: part.frame,
    columns: readColumnsOf(reader, part, samples),
  }));
  return { kind: 'parts', parts };
}

/**
 * The outer frames of a record's parts, whatever version their columns are of; empty for a tick and a policy.
 *
 * @throws UndecodableMessage when the frames themselves are damaged
 */
export function decodeFrames(value: Uint8Array): PartFrame[] {
  const record = readRecord(new Reader(value));
  return record.kind === 'parts' ? record.parts.map(({ frame }) => frame) : [];
}

type RawRecord =
  | { kind: 'parts'; parts: PackedPart[] }
  | Extract<Message, { kind: 'tick' | 'policy' }>;

function readRecord(reader: Reader): RawRecord {
  const parts: PackedPart[] = [];
  const others: RawRecord[] = [];
  while (reader.next()) {
    if (reader.field === RECORD.parts) {
      parts.push(readPart(reader));
    } else if (reader.field === RECORD.tick) {
      reader.delimited('tick');
      others.push({ kind: 'tick' });
    } else if (reader.field === RECORD.policy) {
      others.push({ kind: 'policy', policy: readPolicy(policyJson(reader)) });
    } else {
      reader.skip();
    }
  }
  if (parts.length > 0) others.unshift({ kind: 'parts', parts });
  const [record] = others;
  if (record === undefined || others.length > 1) {
    const found = others.map(({ kind }) => kind).join(' and ') || 'none of them';
    throw new UndecodableMessage(`a record is parts, a tick or a policy, found ${found}`);
  }
  return record;
}

function policyJson(reader: Reader): Uint8Array {
  let json = NO_BYTES;
  const outer = reader.enter('policy');
  while (reader.next()) {
    if (reader.field === POLICY.json) {
      const start = reader.delimited('policy json');
      json = reader.bytes.slice(start, reader.at);
    } else {
      reader.skip();
    }
  }
  reader.leave(outer);
  return json;
}
