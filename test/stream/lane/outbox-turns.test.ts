import { expect, test } from 'vitest';
import type { Target } from '../../../src/stream/lane/frame.ts';
import { Outbox } from '../../../src/stream/lane/outbox.ts';
import { OutboxTurns } from '../../../src/stream/lane/outbox-turns.ts';
import { TestSql } from './sql.ts';

const targets = Array.from(
  { length: 32 },
  (_, partition): Target => ({ topic: 'requests', partition }),
);

function filled(waiting: readonly Target[] = targets) {
  const outbox = new Outbox(new TestSql(), 10_000);
  for (const target of waiting) outbox.put(target, new Uint8Array(9));
  const asked: number[] = [];
  const turns = new OutboxTurns(outbox, (ms) => asked.push(ms));
  const empty = (target: Target) => outbox.done(target, outbox.head(target, 0)!);
  return { outbox, turns, asked, empty };
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

test('of thirty-two targets four are under way at once, each has its turn, one that fails too', async () => {
  const { turns, asked, empty } = filled();
  let underWay = 0;
  let most = 0;
  const drained: number[] = [];
  await turns.take(async (target) => {
    most = Math.max(most, ++underWay);
    // Not all of them take as long.
    for (let turn = 0; turn <= target.partition % 3; turn++) await nextTurn();
    underWay--;
    drained.push(target.partition);
    if (target.partition % 8 === 0) return false;
    empty(target);
    return true;
  });
  expect(most).toBe(4);
  expect(drained.sort((a, b) => a - b)).toEqual(targets.map(({ partition }) => partition));
  expect(asked).toHaveLength(2);
});

test('asks at once for what it finds, then ever more seldom while something is left, and not for nothing', async () => {
  const { turns, asked, empty } = filled(targets.slice(0, 2));
  for (let turn = 0; turn < 5; turn++) await turns.take(async () => false);
  await turns.take(async (target) => {
    empty(target);
    return true;
  });
  expect(asked).toEqual([0, 1_000, 2_000, 4_000, 4_000, 4_000]);
  expect(filled([]).asked).toEqual([]);
});

test('while one turn is under way another drains nothing; after an error the next is asked for', async () => {
  const { turns, asked } = filled(targets.slice(0, 1));
  const { promise, reject } = Promise.withResolvers<boolean>();
  const taking = turns.take(() => promise);
  await turns.take(() => expect.unreachable());
  expect(asked).toEqual([0]);
  reject(new Error('disk I/O error'));
  await expect(taking).rejects.toThrow('disk I/O error');
  expect(asked).toHaveLength(2);
  await turns.take(async () => true);
  expect(asked).toHaveLength(3);
});
