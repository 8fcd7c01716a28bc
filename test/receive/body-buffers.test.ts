import { expect, test } from 'vitest';
import { BodyBuffers } from '../../src/receive/body-buffers.ts';
import { ByteBudget } from '../../src/receive/limits.ts';

const MIB = 1024 * 1024;

test('memory that was given back is taken again for a body it fits, and never by two at once', () => {
  const buffers = new BodyBuffers();
  const first = buffers.take(90_000);
  expect(first.length).toBe(131_072);
  expect(buffers.take(90_000)).not.toBe(first);
  buffers.give(first);
  expect(buffers.take(65_536)).not.toBe(first);
  expect(buffers.take(131_072)).toBe(first);
});

test('small and large bodies get what they need and no more, and it is not kept', () => {
  const buffers = new BodyBuffers();
  for (const length of [0, 2, 65_535, MIB + 1]) {
    const buffer = buffers.take(length);
    expect(buffer.length).toBe(length);
    buffers.give(buffer);
    // Not by `toBe`, which looks at every byte to say what it found.
    expect(buffers.take(length) === buffer).toBe(false);
  }
});

test('eight megabytes are kept, whatever the sizes', () => {
  const buffers = new BodyBuffers();
  const many = Array.from({ length: 20 }, () => buffers.take(MIB));
  for (const buffer of many) buffers.give(buffer);
  const again = new Set(Array.from({ length: 20 }, () => buffers.take(MIB)));
  expect(many.filter((buffer) => again.has(buffer)).length).toBe(8);
});

test('a body put together stays as it is while another one comes, until it is released', () => {
  const budget = new ByteBudget(MIB);
  const bytes = (fill: number) => new Uint8Array(40_000).fill(fill);
  const [one, other] = [budget.hold(), budget.hold()];
  const body = one.join([bytes(1), bytes(2)], 80_000);
  other.join([bytes(3), bytes(4)], 80_000);
  expect([body.length, body[0], body[79_999]]).toEqual([80_000, 1, 2]);
  one.release();
  const next = budget.hold().join([bytes(5), bytes(6)], 80_000);
  expect(next.buffer).toBe(body.buffer);
  expect([next[0], next[79_999]]).toEqual([5, 6]);
});
