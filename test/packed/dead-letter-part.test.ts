import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeMessage, encodeParts, encodeTick } from '../../src/packed/codec.ts';
import { deadLettered } from '../../src/packed/dead-letter-part.ts';
import type { PartFrame } from '../../src/packed/message.ts';
import { builderOf, eventWith, partOf, parts } from './arbitraries.ts';

const total = (counts: Readonly<Record<string, number>>) =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);
const recordsOf = ({ events, deadLetters, notRequests }: PartFrame) =>
  events + total(deadLetters) + total(notRequests);

test('its events become dead letters of that reason, and nothing else of it changes', () => {
  const builder = builderOf([
    [eventWith(), null],
    [eventWith({ code: 503 }), null],
  ]);
  const outer = { chunk: 4, deadLetters: { malformed_json: 3 }, notRequests: { client_span: 5 } };
  const { frame } = partOf(builder, outer);
  const message = decodeMessage(
    deadLettered(encodeParts([{ frame, columns: builder.columns() }]), 'too_long')!,
  );
  expect(message).toMatchObject({
    kind: 'parts',
    parts: [
      {
        frame: { ...frame, events: 0, deadLetters: { malformed_json: 3, too_long: 2 } },
        columns: { count: 0 },
      },
    ],
  });
});

test('every record of any parts is told of, also when some were lost before', () => {
  fc.assert(
    fc.property(parts, (given) => {
      // Counts are 32 bits on the wire; nobody has as many.
      fc.pre(given.every(({ frame }) => (frame.deadLetters.too_long ?? 0) < 1_000));
      const once = deadLettered(encodeParts(given), 'too_long')!;
      const twice = decodeMessage(deadLettered(once, 'too_long')!);
      expect(twice).toEqual(decodeMessage(once));
      if (twice.kind !== 'parts') throw new Error('no parts');
      expect(twice.parts.map(({ frame }) => recordsOf(frame))).toEqual(
        given.map(({ frame }) => recordsOf(frame)),
      );
      expect(twice.parts.map(({ frame: { bodyId, chunk } }) => [bodyId, chunk])).toEqual(
        given.map(({ frame: { bodyId, chunk } }) => [bodyId, chunk]),
      );
    }),
  );
});

test('it is no longer than a few lines, however many events there were', () => {
  const builder = builderOf(
    Array.from({ length: 5_000 }, (_, at) => [eventWith({ host: `host-${at}` }), null] as const),
  );
  const long = encodeParts([partOf(builder)]);
  expect(long.byteLength).toBeGreaterThan(50_000);
  expect(deadLettered(long, 'too_long')!.byteLength).toBeLessThan(200);
});

test('what is no record of parts has nothing to count', () => {
  expect(deadLettered(encodeTick(), 'too_long')).toBeNull();
  expect(deadLettered(Uint8Array.of(1, 2, 3), 'too_long')).toBeNull();
  expect(deadLettered(new Uint8Array(0), 'too_long')).toBeNull();
});
