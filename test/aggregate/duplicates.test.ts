import { memoryUsage } from 'node:process';
import { describe, expect, test } from 'vitest';
import { Duplicates } from '../../src/aggregate/duplicates.ts';
import type { Part } from '../../src/packed/message.ts';
import { part } from './events.ts';

const MINUTE_US = 60_000_000;
const NOW_US = 30_000_000 * MINUTE_US;

describe('parts whose ends are older than the horizon', () => {
  test('a copy is known, whenever within the horizon it comes', () => {
    const duplicates = new Duplicates(1_000, 1);
    const old = partOf(1, NOW_US - 60 * MINUTE_US);
    expect(duplicates.isRepeated(old, NOW_US)).toBe(false);
    expect(duplicates.isRepeated(old, NOW_US + 4 * MINUTE_US)).toBe(true);
  });

  test('a copy is known that came when the end was no longer young', () => {
    const duplicates = new Duplicates(1_000, 1);
    const young = partOf(1, NOW_US);
    expect(duplicates.isRepeated(young, NOW_US)).toBe(false);
    expect(duplicates.isRepeated(young, NOW_US + 6 * MINUTE_US)).toBe(true);
  });

  test('made-up minutes do not each take memory', () => {
    const duplicates = new Duplicates(5_000_000, 1);
    for (let id = 0; id < 60_000; id++) duplicates.isRepeated(partOf(id, NOW_US), NOW_US);
    const before = memoryUsage().arrayBuffers;
    for (let id = 60_000; id < 62_000; id += 2) {
      duplicates.isRepeated(partOf(id, NOW_US - (id - 59_000) * MINUTE_US), NOW_US);
      duplicates.isRepeated(partOf(id + 1, NOW_US), NOW_US);
    }
    expect(memoryUsage().arrayBuffers - before).toBeLessThan(64e6);
  });
});

function partOf(id: number, endUs: number): Part {
  return part([{ atMs: endUs / 1_000 }], { id: id.toString(16).padStart(32, '0') });
}
