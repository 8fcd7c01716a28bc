import { Buffer } from 'node:buffer';
import { decodeText } from './json-scan.ts';

/** One body's bytes, in the shapes that are quickest to read one, four or many of them. Made once for each body. */
export interface ByteSource {
  /** Never a Buffer: loops over two kinds of array are slower than over one. */
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly buffer: Buffer;
}

export function byteSource(body: Uint8Array): ByteSource {
  const { buffer, byteOffset, byteLength } = body;
  return {
    bytes: new Uint8Array(buffer, byteOffset, byteLength),
    view: new DataView(buffer, byteOffset, byteLength),
    buffer: Buffer.from(buffer, byteOffset, byteLength),
  };
}

/** The text at `start`–`end`; invalid UTF-8 in it becomes U+FFFD. */
export function textAt({ bytes, buffer }: ByteSource, start: number, end: number): string {
  for (let at = start; at < end; at++) {
    if (bytes[at]! >= 0x80) return decodeText(bytes.subarray(start, end));
  }
  // A TextDecoder costs as much again for the few bytes of a field.
  return buffer.toString('latin1', start, end);
}

/** Whether `other` has at `from` the bytes that `source` has from `start` to `end`. */
export function equalBytes(
  source: ByteSource,
  start: number,
  end: number,
  other: ByteSource,
  from: number,
): boolean {
  const shift = from - start;
  if (end - start < 4) {
    for (let at = start; at < end; at++) {
      if (source.bytes[at] !== other.bytes[at + shift]) return false;
    }
    return true;
  }
  const last = end - 4;
  for (let at = start; at < last; at += 4) {
    if (source.view.getInt32(at, true) !== other.view.getInt32(at + shift, true)) return false;
  }
  return source.view.getInt32(last, true) === other.view.getInt32(last + shift, true);
}
