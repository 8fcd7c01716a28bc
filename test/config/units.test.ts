import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nearest } from '../../src/config/suggest.ts';
import { formatDuration, formatSize, parseDuration, parseSize } from '../../src/config/units.ts';

test('durations and sizes are read in their units', () => {
  expect(['250ms', '10s', '5m', '24h', '7d', '1.5s', '0s'].map(parseDuration)).toEqual([
    250, 10_000, 300_000, 86_400_000, 604_800_000, 1500, 0,
  ]);
  expect(['12B', '64KiB', '8MiB', '1GiB', '0.5KiB'].map(parseSize)).toEqual([
    12, 65_536, 8_388_608, 1_073_741_824, 512,
  ]);
});

test.each([
  '',
  '10',
  's',
  '-1s',
  '1 s',
  '1e3s',
  '10S',
  '1.2.3s',
  '0.0001ms',
  '9999999999999d',
  '1constructor',
])('%j is no duration', (text) => expect(parseDuration(text)).toBeNull());

test.each(['8MB', '8mb', '0.3B', 'MiB', '1toString'])('%j is no size', (text) =>
  expect(parseSize(text)).toBeNull(),
);

test('what is written is read back', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 45 }), (value) => {
      expect(parseDuration(formatDuration(value))).toBe(value);
      expect(parseSize(formatSize(value))).toBe(value);
    }),
  );
  expect(formatDuration(90_000)).toBe('90s');
  expect(formatSize(0)).toBe('0B');
});

test('a suggestion is near, and none is made where nothing is', () => {
  expect(nearest('recieve', ['receive', 'api'])).toBe('receive');
  expect(nearest('PORT', ['port'])).toBe('port');
  expect(nearest('x', ['listen', 'data'])).toBeNull();
  expect(nearest('a'.repeat(100_000), ['a'.repeat(99_999)])).toBeNull();
});
