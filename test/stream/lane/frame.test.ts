import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeFrame, encodeFrame, FrameUnreadable } from '../../../src/stream/lane/frame.ts';
import type { AppendRecord } from '../../../src/stream/record.ts';

const target = { topic: 'requests', partition: 3 } as const;

// Text that is none becomes U+FFFD wherever a record goes, so it does not come back.
const text = fc.string({ unit: 'binary', maxLength: 12 }).map((made) => made.toWellFormed());
const records: fc.Arbitrary<AppendRecord[]> = fc.array(
  fc
    .record({
      key: fc.option(text, { nil: null }),
      value: fc.option(fc.uint8Array({ maxLength: 40 }), { nil: null }),
      headers: fc.option(fc.dictionary(text, text, { noNullPrototype: true }), { nil: undefined }),
    })
    .map(({ key, value, headers }) => ({ ...target, key, value, ...(headers && { headers }) })),
  { maxLength: 6 },
);

test('any records come back as they were', () => {
  fc.assert(
    fc.property(records, (given) => {
      expect(decodeFrame(encodeFrame(given), target)).toEqual(given);
    }),
  );
});

test('a frame that lies within other bytes is read from where it begins', () => {
  fc.assert(
    fc.property(records, fc.nat({ max: 9 }), (given, at) => {
      const frame = encodeFrame(given);
      const around = new Uint8Array(at + frame.byteLength + 5).fill(0xaa);
      around.set(frame, at);
      expect(decodeFrame(around.subarray(at, at + frame.byteLength), target)).toEqual(given);
    }),
  );
});

test('cut short anywhere it is refused, or has only its first records', () => {
  fc.assert(
    fc.property(records, fc.nat(), (given, length) => {
      const frame = encodeFrame(given);
      const cut = frame.subarray(0, length % frame.byteLength);
      const ends = [...given, null].map(
        (_, count) => encodeFrame(given.slice(0, count)).byteLength,
      );
      const whole = ends.indexOf(cut.length);
      if (whole >= 0) expect(decodeFrame(cut, target)).toEqual(given.slice(0, whole));
      else expect(() => decodeFrame(cut, target)).toThrow(FrameUnreadable);
    }),
  );
});

test('of another version, or with headers that are no JSON, it is refused', () => {
  const frame = encodeFrame([{ ...target, key: null, value: null, headers: {} }]);
  expect(() => decodeFrame(frame.with(0, 2), target)).toThrow(FrameUnreadable);
  expect(() => decodeFrame(frame.with(frame.length - 1, 0x7b), target)).toThrow(FrameUnreadable);
});
