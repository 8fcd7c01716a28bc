import { UndecodableMessage } from './errors.ts';
import { HEX_DIGITS } from './low64.ts';
import type { Reader } from './reader.ts';
import type { Writer } from './writer.ts';

const BYTES = 16;
const LOWER_HEX = /^[0-9a-f]{32}$/;

/** @throws RangeError when it is not 32 lower-hex characters */
export function writeBodyId(writer: Writer, field: number, bodyId: string): void {
  if (!LOWER_HEX.test(bodyId)) {
    throw new RangeError(`a body id is 32 lower-hex characters, found ${JSON.stringify(bodyId)}`);
  }
  const start = writer.open(field, BYTES);
  writer.reserve(BYTES);
  for (let i = 0; i < 2 * BYTES; i += 2) {
    const high = HEX_DIGITS[bodyId.charCodeAt(i)]!;
    writer.bytes[writer.at++] = (high << 4) | HEX_DIGITS[bodyId.charCodeAt(i + 1)]!;
  }
  writer.close(start, BYTES);
}

/** The field that the reader is at, as 32 lower-hex characters. */
export function readBodyId(reader: Reader): string {
  const start = reader.delimited('body_id');
  const length = reader.at - start;
  if (length !== BYTES) {
    throw new UndecodableMessage(`body_id is ${BYTES} bytes, found ${length}`);
  }
  return reader.hex(start, reader.at);
}
