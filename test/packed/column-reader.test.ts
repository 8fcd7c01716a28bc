import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Piece,
  readDurations,
  readEnds,
  readFixed64,
  readNarrow,
  readWide,
} from '../../src/packed/column-reader.ts';
import { MAX_TIME_US } from '../../src/packed/columns.ts';
import { UndecodableMessage } from '../../src/packed/errors.ts';
import { Reader } from '../../src/packed/reader.ts';
import { putVarint } from '../../src/packed/wire.ts';

/** Numbers of every length as varints, most of them short, as in columns. */
const number = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 300 }) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 0xffffffff }) },
  fc.constantFrom(...[7, 14, 16, 21, 28, 31, 32, 52].flatMap((n) => [2 ** n - 1, 2 ** n])),
  fc.constantFrom(MAX_TIME_US + 1, 2 ** 53),
);

const varints = fc.array(number, { maxLength: 12 }).map((numbers) => {
  const bytes = new Uint8Array(8 * numbers.length);
  let end = 0;
  for (const each of numbers) end = putVarint(bytes, end, each);
  return bytes.slice(0, end);
});

/** Columns as they are written, damaged ones, and anything; among other bytes, which must not be read. */
const piece: fc.Arbitrary<Piece> = fc
  .tuple(
    fc.oneof(
      varints,
      fc.tuple(varints, fc.nat(), fc.nat({ max: 255 })).map(([bytes, at, byte]) => {
        const damaged = bytes.slice();
        if (damaged.length > 0) damaged[at % damaged.length] = byte;
        return damaged;
      }),
      fc.uint8Array({ maxLength: 12 }),
      fc.uint8Array({ maxLength: 12, min: 0, max: 130 }),
    ),
    fc.uint8Array({ maxLength: 9 }),
  )
  .map(([column, after]) => ({
    bytes: Uint8Array.of(1, ...column, ...after),
    from: 1,
    to: 1 + column.length,
  }));

const rows = fc.nat({ max: 12 });

type Column = Float64Array | Uint32Array | Uint16Array | Uint8Array | Int8Array;

/** What is in `into` then, or the error. */
function outcome(into: Column, read: () => void): unknown {
  try {
    read();
  } catch (error) {
    expect(error).toBeInstanceOf(UndecodableMessage);
    return (error as Error).message;
  }
  return [...into];
}

/** Number by number, as the wire format is defined. */
function plainly({ bytes, from, to }: Piece, name: string, into: Column, most: number, plus = 0) {
  const reader = new Reader(bytes, from, to);
  for (let row = 0; row < into.length; row++) into[row] = reader.varint(name, most) - plus;
  if (!reader.done) {
    throw new UndecodableMessage(`${name}: more values than the ${into.length} events`);
  }
}

describe('any bytes give the values, or the error, of the plain reader:', () => {
  const compare = <T extends Column>(
    newColumn: (rows: number) => T,
    most: number,
    plus: number,
    read: (piece: Piece, into: T) => void,
  ) =>
    fc.assert(
      fc.property(piece, rows, (given, count) => {
        const [quick, plain] = [newColumn(count), newColumn(count)];
        expect(outcome(quick, () => read(given, quick))).toEqual(
          outcome(plain, () => plainly(given, 'it', plain, most, plus)),
        );
      }),
      { numRuns: 3_000 },
    );

  test.each([
    ['codes', (count: number) => new Uint16Array(count), 0xffff, 0],
    ['gRPC statuses', (count: number) => new Int8Array(count), 128, 1],
    ['traits', (count: number) => new Uint8Array(count), 0xff, 0],
    ['reporters', (count: number) => new Uint8Array(count), 2, 0],
  ] as const)('%s', (_, newColumn, most, plus) => {
    compare<Uint16Array | Int8Array | Uint8Array>(newColumn, most, plus, (given, into) =>
      readNarrow(given, 'it', into, most, plus),
    );
  });

  test.each([
    ['flags', 0xffffffff],
    ['indexes of a small dictionary', 40],
    ['indexes of a large dictionary', 20_000],
  ])('%s', (_, most) => {
    compare(
      (count) => new Uint32Array(count),
      most,
      0,
      (given, into) => readWide(given, 'it', into, most),
    );
  });

  test('durations', () => {
    compare(
      (count) => new Float64Array(count),
      MAX_TIME_US + 1,
      1,
      (given, into) => readDurations(given, 'it', into),
    );
  });
});

test('ends are the sums of what the deltas say, whatever their length', () => {
  const end = fc.oneof(number, fc.integer({ min: 0, max: 400 })).filter((us) => us <= MAX_TIME_US);
  fc.assert(
    fc.property(fc.array(end, { minLength: 1, maxLength: 12 }), (ends) => {
      const bytes = new Uint8Array(8 * ends.length);
      let to = 0;
      ends.forEach((us, row) => {
        const delta = us - (ends[row - 1] ?? ends[0]!);
        to = putVarint(bytes, to, delta >= 0 ? 2 * delta : -2 * delta - 1);
      });
      const into = new Float64Array(ends.length);
      readEnds({ bytes, from: 0, to }, ends[0]!, into);
      expect([...into]).toEqual(ends);
    }),
  );
});

test('any bytes give ends in their range, as many as there are rows, or an UndecodableMessage', () => {
  fc.assert(
    fc.property(piece, rows, number, (given, count, first) => {
      const into = new Float64Array(count);
      const read = outcome(into, () => readEnds(given, Math.min(first, MAX_TIME_US), into));
      if (typeof read === 'string') return;
      for (const us of into) expect(us >= 0 && us <= MAX_TIME_US).toBe(true);
    }),
    { numRuns: 3_000 },
  );
});

test('64-bit numbers are read as their halves, and only as many as there are rows', () => {
  const numbers = BigUint64Array.of(0n, 1n, 0xfedcba9876543210n, 2n ** 64n - 1n);
  const bytes = Uint8Array.of(9, ...new Uint8Array(numbers.buffer), 9);
  const words = new Uint32Array(8);
  readFixed64({ bytes, from: 1, to: 33 }, 'it', words);
  expect(words).toEqual(new Uint32Array(numbers.buffer));
  expect(() => readFixed64({ bytes, from: 1, to: 34 }, 'it', words)).toThrow(
    'it: 33 bytes for 4 events of 8 bytes',
  );
});
