import { describe, expect, test } from 'vitest';
import { murmur2, partitionOf } from '../../src/packed/partition.ts';

describe('the hash', () => {
  // The values that the Kafka clients' own tests pin (UtilsTest.testMurmur2).
  test.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('of %j is the one of Kafka clients', (text, expected) => {
    expect(murmur2(new TextEncoder().encode(text))).toBe(expected);
  });

  test('reads a view into a larger buffer by its own bounds', () => {
    const padded = new TextEncoder().encode('..foobar..');
    expect(murmur2(padded.subarray(2, 8))).toBe(-790332482);
  });
});

describe('the partition of a destination', () => {
  // Moving a service to another partition of a running deployment splits its state: these must never change.
  test.each([
    [null, 16, 0],
    ['', 16, 9],
    ['reviews.default', 16, 0],
    ['ratings.default', 16, 2],
    ['productpage.default', 16, 8],
    ['Zürich.東京', 16, 7],
    ['reviews.default', 7, 4],
    ['reviews.default', 1, 0],
  ])('%j of %i is %i', (destination, partitions, expected) => {
    expect(partitionOf(destination, partitions)).toBe(expected);
  });

  test('spreads 1 000 services over 16 partitions, each within half and twice its share', () => {
    const sizes = new Array<number>(16).fill(0);
    for (let i = 0; i < 1000; i++) {
      const partition = partitionOf(`service-${i}.team-${i % 7}`, 16);
      sizes[partition] = (sizes[partition] as number) + 1;
    }
    expect(Math.min(...sizes)).toBeGreaterThan(31);
    expect(Math.max(...sizes)).toBeLessThan(125);
  });

  test.each([0, -1, 1.5, Number.NaN])(
    '%d partitions are refused with what is allowed',
    (partitions) => {
      expect(() => partitionOf('a', partitions)).toThrow(/positive integer, found/);
    },
  );
});
