import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { StreamFull } from '../../../src/stream/errors.ts';
import type { Target } from '../../../src/stream/lane/frame.ts';
import { Outbox } from '../../../src/stream/lane/outbox.ts';
import { TestSql } from './sql.ts';

const MIB = 1024 * 1024;
const target: Target = { topic: 'requests', partition: 1 };
const other: Target = { topic: 'requests', partition: 2 };
const number = { producerId: 7, producerEpoch: 1, sequence: 40 };

const frame = (name: string) => new TextEncoder().encode(name);
const names = (frames: readonly Uint8Array[] = []) =>
  frames.map((bytes) => new TextDecoder().decode(bytes));
const long = (bytes: number, seed: number) =>
  new Uint8Array(
    Buffer.alloc(bytes, `${seed} is a seed, and these bytes are 61 or 62 to a turn of it. `),
  );

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'meshpulse-outbox-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return join(path, 'outbox.db');
}

test('frames leave in the order they came, each target for itself', () => {
  const outbox = new Outbox(new TestSql(), MIB);
  for (const name of ['a', 'b', 'c']) outbox.put(target, frame(name));
  outbox.put(other, frame('x'));
  expect(outbox.targets()).toEqual([target, other]);
  const first = outbox.head(target, 2)!;
  expect(names(first.frames)).toEqual(['a', 'b']);
  outbox.done(target, first);
  const second = outbox.head(target, 2)!;
  expect(names(second.frames)).toEqual(['c']);
  outbox.done(target, second);
  expect(outbox.head(target, 2)).toBeNull();
  expect(outbox.targets()).toEqual([other]);
  expect(outbox.bytes).toBe(1);
});

test('whatever comes and goes, all of it leaves in its order and the bytes are right', () => {
  const step = fc.record({
    partition: fc.nat({ max: 2 }),
    bytes: fc.nat({ max: 60 }),
    take: fc.option(fc.nat({ max: 100 }), { nil: null }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const outbox = new Outbox(new TestSql(), MIB);
      const model = new Map<number, Uint8Array[]>();
      for (const [at, { partition, bytes, take }] of steps.entries()) {
        const own = model.get(partition) ?? [];
        model.set(partition, own);
        const target = { topic: 'requests', partition } as const;
        if (take === null) {
          outbox.put(target, long(bytes, at));
          own.push(long(bytes, at));
          continue;
        }
        const batch = outbox.head(target, take);
        expect(batch?.frames ?? []).toEqual(own.slice(0, batch?.frames.length ?? 0));
        if (own.length > 0) expect(batch).not.toBeNull();
        if (batch === null) continue;
        outbox.done(target, batch);
        own.splice(0, batch.frames.length);
      }
      const left = [...model.values()].flat().reduce((sum, { byteLength }) => sum + byteLength, 0);
      expect(outbox.bytes).toBe(left);
    }),
    { numRuns: 60 },
  );
});

test('a frame longer than the platform takes in a row is in several, and comes back whole', () => {
  const sql = new TestSql();
  const outbox = new Outbox(sql, 64 * MIB);
  const frames = [long(5 * MIB, 1), frame('short'), long(2 * MIB, 2)];
  for (const each of frames) outbox.put(target, each);
  expect(Math.max(...sql.rows())).toBeLessThan(2_000_000);
  expect(sql.rows().length).toBeGreaterThan(6);
  // A frame at least, and none of the next one's rows.
  const batch = outbox.head(target, 1)!;
  expect(batch.frames.map(({ byteLength }) => byteLength)).toEqual([5 * MIB]);
  expect(Buffer.compare(batch.frames[0]!, frames[0]!)).toBe(0);
  outbox.done(target, batch);
  const rest = outbox.head(target, 64 * MIB)!;
  expect(rest.frames.map((each, at) => Buffer.compare(each, frames[at + 1]!))).toEqual([0, 0]);
});

test('over its bound it takes nothing, and room that is made is room', () => {
  const outbox = new Outbox(new TestSql(), 10);
  outbox.put(target, frame('123456'));
  expect(() => outbox.put(other, frame('78901'))).toThrow(StreamFull);
  expect(outbox.targets()).toEqual([target]);
  outbox.put(other, frame('7890'));
  outbox.done(target, outbox.head(target, 10)!);
  outbox.put(target, frame('again'));
  expect(names(outbox.head(target, 10)?.frames)).toEqual(['again']);
});

test('who has something waiting is known without a look at what waits, for looks are paid for by the row', () => {
  const sql = new TestSql();
  const outbox = new Outbox(sql, MIB);
  for (const each of [target, other, target]) outbox.put(each, frame('a'));
  const before = sql.queries;
  expect(outbox.targets()).toEqual([target, other]);
  expect([outbox.bytes, sql.queries]).toEqual([3, before]);
});

test('of a frame that the disk does not take in full nothing is kept', () => {
  const sql = new TestSql();
  const outbox = new Outbox(sql, 64 * MIB);
  outbox.put(target, frame('before'));
  sql.rowsLeft = 1;
  expect(() => outbox.put(target, long(4 * MIB, 3))).toThrow('disk is full');
  sql.rowsLeft = Number.POSITIVE_INFINITY;
  outbox.put(target, frame('after'));
  expect(names(outbox.head(target, 64 * MIB)?.frames)).toEqual(['before', 'after']);
  expect(outbox.bytes).toBe('beforeafter'.length);
});

test('a batch that may have been sent has the same frames again, whatever has come since and is asked for', () => {
  const outbox = new Outbox(new TestSql(), MIB);
  for (const name of ['a', 'b']) outbox.put(target, frame(name));
  const { upTo } = outbox.head(target, MIB)!;
  outbox.begin(target, upTo, number);
  outbox.put(target, frame('c'));
  for (const maxBytes of [0, 1, MIB]) {
    const batch = outbox.head(target, maxBytes)!;
    expect([names(batch.frames), batch.number]).toEqual([['a', 'b'], number]);
  }
  outbox.done(target, outbox.head(target, MIB)!);
  const next = outbox.head(target, MIB)!;
  expect([names(next.frames), next.number]).toEqual([['c'], null]);
});

test('a batch whose number is good for nothing may be cut anew', () => {
  const outbox = new Outbox(new TestSql(), MIB);
  for (const name of ['a', 'b']) outbox.put(target, frame(name));
  outbox.begin(target, outbox.head(target, MIB)!.upTo, number);
  outbox.unnumber(target);
  const batch = outbox.head(target, 0)!;
  expect([names(batch.frames), batch.number]).toEqual([['a'], null]);
});

test('the next life finds all of it: frames, bytes, and what may have been sent', () => {
  const path = folder();
  const before = new TestSql(path);
  const outbox = new Outbox(before, 4 * MIB);
  outbox.put(target, long(3 * MIB, 4));
  outbox.put(target, frame('b'));
  outbox.put(other, frame('x'));
  outbox.begin(target, outbox.head(target, 4 * MIB)!.upTo, number);
  outbox.put(target, frame('c'));
  before.close();

  const after = new TestSql(path);
  onTestFinished(() => after.close());
  const again = new Outbox(after, 4 * MIB);
  expect(again.bytes).toBe(3 * MIB + 3);
  expect(again.targets()).toEqual([target, other]);
  const batch = again.head(target, 1)!;
  expect([batch.frames.map(({ byteLength }) => byteLength), batch.number]).toEqual([
    [3 * MIB, 1],
    number,
  ]);
  expect(() => again.put(target, long(MIB, 5))).toThrow(StreamFull);
});
