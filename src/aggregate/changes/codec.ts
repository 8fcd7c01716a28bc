import { readWide } from '../../packed/column-reader.ts';
import { writeWide } from '../../packed/column-writer.ts';
import { Reader } from '../../packed/reader.ts';
import { Writer } from '../../packed/writer.ts';
import { seal, unseal } from '../sealed.ts';
import { type Changed, ID_KINDS } from './changes.ts';
import type { IdRun } from './id-log.ts';

/** Of a protobuf message: JSON, columns of varints, ids as they lie in memory. */
const FIELD = { head: 1, place: 2, second: 3, facts: 4, ids: 5 } as const;

interface Head {
  from: number;
  to: number;
  places: Changed['places'];
  since: number;
  events: number;
  runs: (readonly IdRun[])[];
}

export function encodeChanges({ ids, place, second, facts, ...rest }: Changed): Uint8Array {
  const events = place.length;
  const runs = ids.map((one) => one.runs);
  const head: Head = { ...rest, events, runs };
  writer.begin();
  writer.delimited(FIELD.head, encoder.encode(JSON.stringify(head)));
  writeWide(writer, FIELD.place, place, events);
  writeWide(writer, FIELD.second, second, events);
  writeWide(writer, FIELD.facts, facts, events);
  ids.forEach(({ words: { buffer, byteOffset, byteLength } }, kind) => {
    writer.delimited(FIELD.ids + kind, new Uint8Array(buffer, byteOffset, byteLength));
  });
  return seal(writer.finish());
}

/** Null for what is not whole. */
export function decodeChanges(value: Uint8Array | null): Changed | null {
  const body = unseal(value);
  return body && decodeBody(body);
}

function decodeBody(body: Uint8Array): Changed {
  const pieces = piecesOf(body);
  const { from, to } = pieces[FIELD.head]!;
  const head = decoder.decode(body.subarray(from, to));
  const { events, runs, ...rest } = JSON.parse(head) as Head;
  const column = (field: number) => {
    const into = new Uint32Array(events);
    const piece = pieces[field];
    if (piece !== undefined) readWide(piece, 'changes', into, 0xffffffff);
    return into;
  };
  return {
    ...rest,
    place: column(FIELD.place),
    second: column(FIELD.second),
    facts: column(FIELD.facts),
    ids: ID_KINDS.map((_, kind) => {
      const { from, to } = pieces[FIELD.ids + kind]!;
      const words = new Uint32Array((to - from) / Uint32Array.BYTES_PER_ELEMENT);
      new Uint8Array(words.buffer).set(body.subarray(from, to));
      return { runs: runs[kind]!, words };
    }),
  };
}

function piecesOf(bytes: Uint8Array): { bytes: Uint8Array; from: number; to: number }[] {
  const pieces = [];
  const reader = new Reader(bytes);
  while (reader.next()) {
    const from = reader.delimited('changes');
    pieces[reader.field] = { bytes, from, to: reader.at };
  }
  return pieces;
}

const writer = new Writer();
const encoder = new TextEncoder();
const decoder = new TextDecoder();
