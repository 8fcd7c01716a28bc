/**
 * Packed varints as columns of numbers. The quick loops read the usual numbers and give up on everything else, what is
 * damaged included: then the plain loop reads the column again and says what is wrong, if anything is.
 */
import { MAX_TIME_US } from './columns.ts';
import { UndecodableMessage } from './errors.ts';
import { Reader } from './reader.ts';

type Narrow = Uint8Array | Int8Array | Uint16Array;

/** Where a column lies among the bytes of its record. */
export interface Piece {
  bytes: Uint8Array;
  from: number;
  to: number;
}

/**
 * Fills `into` with the numbers less `plus`.
 *
 * @param most the largest number allowed on the wire
 * @throws UndecodableMessage when a number is larger, or they are not as many as `into` has rows
 */
export function readNarrow(piece: Piece, name: string, into: Narrow, most: number, plus: number) {
  if (!quickNarrow(piece, into, most, plus)) readPlainly(piece, name, into, most, plus);
}

/** As {@link readNarrow}. */
export function readWide(piece: Piece, name: string, into: Uint32Array, most: number) {
  if (!quickWide(piece, into, most)) readPlainly(piece, name, into, most, 0);
}

/** As {@link readNarrow}, of durations plus 1. */
export function readDurations(piece: Piece, name: string, into: Float64Array) {
  if (!quickDurations(piece, into)) readPlainly(piece, name, into, MAX_TIME_US + 1, 1);
}

/**
 * @param first the end of the first row, of 0 to {@link MAX_TIME_US}
 * @throws UndecodableMessage when an end is out of its range, or they are not as many as `into` has rows
 */
export function readEnds(piece: Piece, first: number, into: Float64Array): void {
  if (!quickEnds(piece, first, into)) readEndsPlainly(piece, first, into);
}

/** As {@link readNarrow}, of 64-bit numbers as pairs of words. */
export function readFixed64({ bytes, from, to }: Piece, name: string, into: Uint32Array): void {
  const rows = into.length / 2;
  if (to - from !== 8 * rows) {
    throw new UndecodableMessage(`${name}: ${to - from} bytes for ${rows} events of 8 bytes`);
  }
  for (let i = 0, at = from; at < to; i++, at += 4) {
    into[i] = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
  }
}

function quickNarrow({ bytes, from, to }: Piece, into: Narrow, most: number, plus: number) {
  const rows = into.length;
  if (to - from < rows) return false;
  let at = from;
  for (let row = 0; row < rows; row++) {
    if (at >= to) return false;
    let value = bytes[at++]!;
    if (value >= 0x80) {
      if (at >= to) return false;
      const second = bytes[at++]!;
      if (second >= 0x80) return false;
      value = (value & 0x7f) | (second << 7);
    }
    if (value > most) return false;
    into[row] = value - plus;
  }
  return at === to;
}

function quickWide({ bytes, from, to }: Piece, into: Uint32Array, most: number) {
  const rows = into.length;
  let at = from;
  for (let row = 0; row < rows; row++) {
    if (at >= to) return false;
    let value = bytes[at++]!;
    if (value >= 0x80) {
      if (at >= to) return false;
      const second = bytes[at++]!;
      if (second >= 0x80) return false;
      value = (value & 0x7f) | (second << 7);
    }
    if (value > most) return false;
    into[row] = value;
  }
  return at === to;
}

function quickDurations({ bytes, from, to }: Piece, into: Float64Array) {
  const rows = into.length;
  let at = from;
  for (let row = 0; row < rows; row++) {
    if (at >= to) return false;
    let value = bytes[at++]!;
    for (let shift = 7; value >= 1 << shift; shift += 7) {
      if (at >= to || shift > 21) return false;
      value = (value & ((1 << shift) - 1)) | (bytes[at++]! << shift);
    }
    into[row] = value - 1;
  }
  return at === to;
}

function quickEnds({ bytes, from, to }: Piece, first: number, into: Float64Array) {
  const rows = into.length;
  let at = from;
  let end = first;
  for (let row = 0; row < rows; row++) {
    if (at >= to) return false;
    let value = bytes[at++]!;
    for (let shift = 7; value >= 1 << shift; shift += 7) {
      if (at >= to || shift > 21) return false;
      value = (value & ((1 << shift) - 1)) | (bytes[at++]! << shift);
    }
    end += (value >>> 1) ^ -(value & 1);
    if (!(end >= 0 && end <= MAX_TIME_US)) return false;
    into[row] = end;
  }
  return at === to;
}

function readPlainly(
  { bytes, from, to }: Piece,
  name: string,
  into: Narrow | Uint32Array | Float64Array,
  most: number,
  plus: number,
): void {
  const reader = new Reader(bytes, from, to);
  for (let row = 0; row < into.length; row++) into[row] = reader.varint(name, most) - plus;
  expectEnd(reader, name, into.length);
}

function readEndsPlainly({ bytes, from, to }: Piece, first: number, into: Float64Array): void {
  const reader = new Reader(bytes, from, to);
  let end = first;
  for (let row = 0; row < into.length; row++) {
    const zigzag = reader.varint('end_delta_us');
    end += zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
    if (!(end >= 0 && end <= MAX_TIME_US)) {
      throw new UndecodableMessage(`an end is 0 to ${MAX_TIME_US} µs, found ${end} in row ${row}`);
    }
    into[row] = end;
  }
  expectEnd(reader, 'end_delta_us', into.length);
}

function expectEnd(reader: Reader, name: string, events: number): void {
  if (!reader.done) throw new UndecodableMessage(`${name}: more values than the ${events} events`);
}
