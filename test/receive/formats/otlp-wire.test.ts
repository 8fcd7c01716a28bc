import fc from 'fast-check';
import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { MalformedWire, WireReader } from '../../../src/receive/formats/otlp-wire.ts';

const bytes = (...values: number[]) => Uint8Array.from(values);

function walk(message: Uint8Array): number[] {
  const reader = new WireReader(message);
  const fields: number[] = [];
  while (reader.next()) fields.push(reader.field);
  return fields;
}

describe('the wire reader', () => {
  it('reads what protobufjs writes, whatever the values', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        fc.string({ unit: 'grapheme' }),
        fc.uint8Array({ maxLength: 300 }),
        (varint, fixed, text, blob) => {
          const message = protobuf.Writer.create()
            .uint32((1 << 3) | 0)
            .uint64(String(varint))
            .uint32((2 << 3) | 1)
            .fixed64(String(fixed))
            .uint32((3 << 3) | 2)
            .string(text)
            .uint32(((536870911 << 3) >>> 0) | 2)
            .bytes(blob)
            .finish();
          const reader = new WireReader(message);
          expect(reader.next() && [reader.field, reader.varint()]).toEqual([1, varint]);
          expect(reader.next() && [reader.field, reader.fixed64()]).toEqual([2, fixed]);
          expect(reader.next() && [reader.field, reader.text()]).toEqual([3, text]);
          expect(reader.next() && reader.field).toBe(536870911);
          expect(Buffer.from(reader.bytes()!)).toEqual(Buffer.from(blob));
          expect(reader.next()).toBe(false);
          expect(walk(message)).toEqual([1, 2, 3, 536870911]);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('skips a field whose wire type is not the one wanted', () => {
    const reader = new WireReader(bytes(0x08, 0x05, 0x10, 0x07));
    expect(reader.next()).toBe(true);
    expect([reader.bytes(), reader.fixed64(), reader.text()]).toEqual([null, null, null]);
    expect(reader.next()).toBe(true);
    expect([reader.field, reader.varint()]).toEqual([2, 7n]);
  });

  it('skips groups with everything in them', () => {
    const group = [0x0b, 0x10, 0x01, 0x1b, 0x1c, 0x22, 0x01, 0x41, 0x0c];
    expect(walk(bytes(...group, 0x28, 0x01))).toEqual([1, 5]);
  });

  it('turns invalid UTF-8 into replacement characters and reads on', () => {
    const reader = new WireReader(bytes(0x0a, 0x03, 0x61, 0xff, 0x62, 0x10, 0x01));
    reader.next();
    expect(reader.text()).toBe('a\ufffdb');
    expect(reader.next() && reader.varint()).toBe(1n);
  });

  it.each([
    ['a length past the end', bytes(0x0a, 0x05, 0x61)],
    ['a length of 2^63', bytes(0x0a, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01)],
    ['a varint cut short', bytes(0x08, 0x80)],
    ['a varint of eleven bytes', bytes(0x08, ...new Array(10).fill(0x80), 0x01)],
    ['a fixed64 cut short', bytes(0x09, 1, 2, 3, 4, 5, 6, 7)],
    ['a fixed32 cut short', bytes(0x0d, 1, 2, 3)],
    ['field number 0', bytes(0x02, 0x00)],
    ['wire type 6', bytes(0x0e)],
    ['wire type 7', bytes(0x0f)],
    ['a group that never ends', bytes(0x0b, 0x10, 0x01)],
    ['a group that never began', bytes(0x0c)],
    ['a group that ends under another number', bytes(0x0b, 0x14)],
    ['groups nested without bound', new Uint8Array(100_000).fill(0x0b)],
    ['a tag over 32 bits', bytes(0x88, 0x80, 0x80, 0x80, 0x80, 0x01, 0x00)],
  ])('refuses %s', (_what, message) => {
    expect(() => walk(message)).toThrow(MalformedWire);
  });

  it('either walks to the end of any bytes or says they are malformed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (message) => {
        try {
          expect(walk(message).length).toBeLessThanOrEqual(message.length);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedWire);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
