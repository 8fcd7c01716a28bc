/**
 * Columns of numbers as packed varints. Each loop is over arrays of few kinds and without a call for the usual
 * number: over all kinds, and with a call for each number, it takes several times as long.
 */
import { MAX_TIME_US } from './columns.ts';
import { putVarint, VARINT_BYTES } from './wire.ts';
import type { Writer } from './writer.ts';

type Narrow = Uint8Array | Int8Array | Uint16Array;

/** The first `count` numbers plus `plus`; nothing when all are 0 then. */
export function writeNarrow(
  writer: Writer,
  field: number,
  column: Narrow,
  count: number,
  plus: number,
): void {
  let first = 0;
  while (first < count && column[first]! + plus === 0) first++;
  if (first === count) return;
  const start = begin(writer, field, count);
  const { bytes } = writer;
  let { at } = writer;
  for (let row = 0; row < count; row++) {
    const value = column[row]! + plus;
    if (value < 0x80) {
      bytes[at++] = value;
    } else {
      bytes[at++] = value | 0x80;
      if (value < 0x4000) {
        bytes[at++] = value >>> 7;
      } else {
        bytes[at++] = (value >>> 7) | 0x80;
        bytes[at++] = value >>> 14;
      }
    }
  }
  writer.at = at;
  writer.close(start, count);
}

/** As {@link writeNarrow}. */
export function writeWide(writer: Writer, field: number, column: Uint32Array, count: number): void {
  let first = 0;
  while (first < count && column[first] === 0) first++;
  if (first === count) return;
  const start = begin(writer, field, count);
  const { bytes } = writer;
  let { at } = writer;
  for (let row = 0; row < count; row++) {
    const value = column[row]!;
    if (value < 0x80) {
      bytes[at++] = value;
    } else if (value < 0x4000) {
      bytes[at++] = value | 0x80;
      bytes[at++] = value >>> 7;
    } else {
      at = putVarint(bytes, at, value);
    }
  }
  writer.at = at;
  writer.close(start, count);
}

/** Durations plus 1; nothing when none is known. */
export function writeDurations(
  writer: Writer,
  field: number,
  column: Float64Array,
  count: number,
): void {
  let first = 0;
  while (first < count && column[first] === -1) first++;
  if (first === count) return;
  const start = begin(writer, field, 2 * count);
  const { bytes } = writer;
  let { at } = writer;
  for (let row = 0; row < count; row++) at = putTime(bytes, at, column[row]! + 1);
  writer.at = at;
  writer.close(start, 2 * count);
}

/**
 * Each end less the one before, in zigzag form.
 *
 * @throws RangeError when an end is not a whole number of 0 to {@link MAX_TIME_US} µs
 */
export function writeEndDeltas(
  writer: Writer,
  field: number,
  ends: Float64Array,
  count: number,
): void {
  const start = begin(writer, field, 2 * count);
  const { bytes } = writer;
  let { at } = writer;
  let previous = ends[0]!;
  for (let row = 0; row < count; row++) {
    const end = ends[row]!;
    if (!(end >= 0 && end <= MAX_TIME_US && Math.floor(end) === end)) {
      throw new RangeError(`an end is a whole number of 0 to ${MAX_TIME_US} µs, found ${end}`);
    }
    const delta = end - previous;
    at = putTime(bytes, at, delta >= 0 ? 2 * delta : -2 * delta - 1);
    previous = end;
  }
  writer.at = at;
  writer.close(start, 2 * count);
}

function begin(writer: Writer, field: number, expected: number): number {
  const start = writer.open(field, expected);
  writer.reserve(VARINT_BYTES * expected);
  return start;
}

/** Short enough to be inlined: most times are of one to three bytes. */
function putTime(bytes: Uint8Array, at: number, value: number): number {
  if (value >= 0x200000) return putVarint(bytes, at, value);
  const low = value | 0;
  if (low < 0x80) {
    bytes[at] = low;
    return at + 1;
  }
  bytes[at] = low | 0x80;
  if (low < 0x4000) {
    bytes[at + 1] = low >>> 7;
    return at + 2;
  }
  bytes[at + 1] = (low >>> 7) | 0x80;
  bytes[at + 2] = low >>> 14;
  return at + 3;
}
