import type { AppendRecord, Topic } from '../record.ts';

/** Records for one partition. */
export interface Target {
  topic: Topic;
  partition: number;
}

/** A lane cannot read a frame: it is damaged, or of a version that this one does not know. */
export class FrameUnreadable extends Error {
  override readonly name = 'FrameUnreadable';
}

/** Its first byte: frames wait in outboxes longer than a version of the program runs. */
const VERSION = 1;
const NONE = 0xffffffff;
/** Of key, headers and value. */
const LENGTHS = 3 * 4;
const utf8 = new TextEncoder();
const text = new TextDecoder();

/**
 * Records of one partition as one piece of bytes: it crosses from a Worker to a lane as it is, and waits in an outbox as it
 * is. After a byte with the version each record is three lengths (32 bit, little endian; {@link NONE}: null) with a key, headers in JSON and a value behind.
 */
export function encodeFrame(records: readonly AppendRecord[]): Uint8Array {
  const pieces = records.map(({ key, headers, value }) => ({
    key: key === null ? null : utf8.encode(key),
    headers: headers === undefined ? null : utf8.encode(JSON.stringify(headers)),
    value,
  }));
  const sizeOf = (piece: Uint8Array | null) => piece?.byteLength ?? 0;
  let size = 1;
  for (const { key, headers, value } of pieces) {
    size += LENGTHS + sizeOf(key) + sizeOf(headers) + sizeOf(value);
  }
  const frame = new Uint8Array(size);
  const view = new DataView(frame.buffer);
  frame[0] = VERSION;
  let at = 1;
  for (const { key, headers, value } of pieces) {
    for (const piece of [key, headers, value]) {
      view.setUint32(at, piece?.byteLength ?? NONE, true);
      at += 4;
    }
    for (const piece of [key, headers, value]) {
      if (piece === null) continue;
      frame.set(piece, at);
      at += piece.byteLength;
    }
  }
  return frame;
}

/** The values are views of the frame. @throws FrameUnreadable */
export function decodeFrame(frame: Uint8Array, target: Target): AppendRecord[] {
  if (frame[0] !== VERSION) throw new FrameUnreadable(`frames have version ${VERSION}`);
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const records: AppendRecord[] = [];
  try {
    for (let at = 1; at < frame.byteLength; ) {
      const lengths = [0, 4, 8].map((offset) => view.getUint32(at + offset, true));
      at += LENGTHS;
      const [key, headers, value] = lengths.map((length) => {
        if (length === NONE) return null;
        if (at + length > frame.byteLength) throw new RangeError('it is cut short');
        const piece = frame.subarray(at, at + length);
        at += length;
        return piece;
      }) as [Uint8Array | null, Uint8Array | null, Uint8Array | null];
      records.push({
        ...target,
        key: key && text.decode(key),
        value,
        ...(headers && { headers: JSON.parse(text.decode(headers)) as Record<string, string> }),
      });
    }
  } catch (cause) {
    throw new FrameUnreadable(`a frame of ${frame.byteLength} bytes cannot be read`, { cause });
  }
  return records;
}
