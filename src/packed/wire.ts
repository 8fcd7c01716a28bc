/**
 * The protobuf wire format, as much of it as docs/stream.proto needs: varints up to 2^53, fixed64 columns and
 * length-delimited fields. https://protobuf.dev/programming-guides/encoding/
 */
export const WIRE = { varint: 0, fixed64: 1, delimited: 2, fixed32: 5 } as const;

/** Longest varint of a number below 2^53 + 1. */
export const VARINT_BYTES = 8;

/** Bytes of a whole number of 0 to 2^53 as a varint. */
export function varintLength(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  let bytes = 3;
  for (let rest = Math.floor(value / 0x4000); rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes++;
  return bytes;
}

/** Puts a whole number of 0 to 2^53 at `at`; returns where it ends. */
export function putVarint(bytes: Uint8Array, at: number, value: number): number {
  let end = at;
  let rest = value;
  while (rest >= 0x80) {
    // ToInt32 takes the low 32 bits of any integer, so `&` is right above 2^31 too.
    bytes[end++] = (rest & 0x7f) | 0x80;
    rest = rest < 0x80000000 ? rest >>> 7 : Math.floor(rest / 0x80);
  }
  bytes[end++] = rest;
  return end;
}
