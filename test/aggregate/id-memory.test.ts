import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { IdMemory } from '../../src/aggregate/id-memory.ts';
import { Random } from '../random.ts';

const MINUTE_US = 60_000_000;

test('remembers as a plain set a minute does, through growth, forgetting and restoring', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const random = new Random(seed);
      const memory = new IdMemory(1_000_000);
      const plain = new Map<number, Set<string>>();
      for (let i = 0; i < 6_000; i++) {
        const high = random.pick([0, 1, random.integer(4), random.integer(2 ** 32)]);
        const low = random.pick([0, 1, random.integer(300), random.integer(2 ** 32)]);
        if (high === 0 && low <= 1) continue;
        const minute = random.integer(6);
        const clamped = random.next() < 0.1;
        const key = `${high} ${low}`;
        const asked = clamped ? [...plain.values()] : [plain.get(minute) ?? new Set()];
        const expected = asked.some((keys) => keys.has(key));
        const endUs = minute * MINUTE_US + 5;
        const seen = clamped
          ? memory.seenAnywhere(high, low, endUs)
          : memory.seen(high, low, endUs, endUs);
        expect(seen).toBe(expected);
        if (!expected || clamped) plain.set(minute, (plain.get(minute) ?? new Set()).add(key));
        if (random.next() < 0.001) {
          const words = Array.from({ length: 2 * random.integer(1_500) }, () =>
            random.integer(2 ** 32),
          );
          const ids = plain.get(minute) ?? new Set();
          const unknown: number[] = [];
          for (let i = 0; i < words.length; i += 2) {
            const key = `${words[i + 1]} ${words[i]}`;
            if (!ids.has(key)) unknown.push(words[i]!, words[i + 1]!);
            ids.add(key);
          }
          memory.restore(minute, Uint32Array.from(unknown));
          plain.set(minute, ids);
        }
        if (random.next() < 0.001) {
          const oldest = random.integer(7);
          memory.forget(oldest * MINUTE_US);
          for (const kept of [...plain.keys()]) if (kept < oldest) plain.delete(kept);
        }
        expect(memory.size).toBe([...plain.values()].reduce((sum, { size }) => sum + size, 0));
      }
    }),
    { numRuns: 20, seed: 5 },
  );
});

test('an id whose end was clamped is known again before and after the clock has caught up', () => {
  const memory = new IdMemory(100);
  const said = 10 * MINUTE_US;
  expect(memory.seen(7, 7, 8 * MINUTE_US, said)).toBe(false);
  expect(memory.seen(7, 7, 9 * MINUTE_US, said)).toBe(true);
  expect(memory.seen(7, 7, said, said)).toBe(true);
});

test('an end of the next century is not kept till then', () => {
  const memory = new IdMemory(100);
  memory.seen(7, 7, 8 * MINUTE_US, 1e9 * MINUTE_US);
  memory.forget(9 * MINUTE_US);
  expect(memory.size).toBe(0);
});

describe('a full memory', () => {
  test('counts what it cannot remember, and takes ids again once a minute is forgotten', () => {
    const memory = new IdMemory(2);
    const seen = (id: number, minute: number) =>
      memory.seen(id, id, minute * MINUTE_US, minute * MINUTE_US);
    expect([seen(1, 0), seen(2, 0), seen(3, 0), seen(3, 0)]).toEqual([false, false, false, false]);
    expect(memory.overflowed).toBe(2);
    memory.forget(MINUTE_US);
    expect([seen(3, 1), seen(3, 1)]).toEqual([false, true]);
  });
});
