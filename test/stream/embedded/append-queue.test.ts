import { expect, test } from 'vitest';
import { AppendQueue } from '../../../src/stream/embedded/append-queue.ts';
import { GroupHold } from '../../../src/stream/embedded/group-hold.ts';
import type { Write } from '../../../src/stream/embedded/store.ts';
import { StreamUnavailable } from '../../../src/stream/errors.ts';
import { record } from '../contract/under-test.ts';

/** A queue whose turns end, and whose clock runs, when the test says so. */
function heldQueue() {
  let now = 0;
  let turns: (() => void)[] = [];
  let waits: { at: number; over: () => void }[] = [];
  const groups: number[] = [];
  let failure: Error | null = null;
  const hold = new GroupHold({
    holdMs: 2,
    largeBytes: 1000,
    now: () => now,
    wait: (ms, over) => waits.push({ at: now + ms, over }),
  });
  const queue = new AppendQueue({
    write(writes: readonly Write[]) {
      if (failure !== null) throw failure;
      groups.push(writes.length);
      return writes.map(() => []);
    },
    schedule: (flush) => turns.push(flush),
    hold,
    maxWaitingBytes: 10_000,
  });
  const turn = () => {
    const ended = turns;
    turns = [];
    for (const flush of ended) flush();
  };
  return {
    groups,
    add: (bytes = 10) => queue.add({ records: [record('a')], commit: null }, bytes, true),
    turn,
    pass(ms: number) {
      now += ms;
      const over = waits.filter(({ at }) => at <= now);
      waits = waits.filter(({ at }) => at > now);
      for (const wait of over) wait.over();
    },
    drain: () => queue.drain(),
    fail: (error: Error | null) => {
      failure = error;
    },
    /** Four appends in one group: as many are expected in the next. */
    busy() {
      for (let n = 0; n < 4; n++) this.add();
      turn();
      groups.length = 0;
    },
  };
}

test('an append that comes alone is written when its turn ends', async () => {
  const queue = heldQueue();
  for (let n = 0; n < 3; n++) {
    const answer = queue.add();
    queue.turn();
    await answer;
  }
  expect(queue.groups).toEqual([1, 1, 1]);
});

test('a group that is smaller than the one before waits for company, for so long since that one', async () => {
  const queue = heldQueue();
  queue.busy();
  queue.pass(0.5);
  const answers = [queue.add()];
  queue.turn();
  queue.pass(1);
  answers.push(queue.add(), queue.add());
  queue.turn();
  expect(queue.groups).toEqual([]);
  queue.pass(0.5);
  expect(queue.groups).toEqual([3]);
  await Promise.all(answers);
});

test('what comes later than that is not held', () => {
  const queue = heldQueue();
  queue.busy();
  queue.pass(2);
  queue.add();
  queue.turn();
  expect(queue.groups).toEqual([1]);
});

test('a group that has come to many bytes is written when its turn ends', () => {
  const queue = heldQueue();
  queue.busy();
  queue.add();
  queue.turn();
  queue.add(990);
  expect(queue.groups).toEqual([]);
  queue.turn();
  expect(queue.groups).toEqual([2]);
});

test('a group that has become as large as the one before is written when its turn ends', () => {
  const queue = heldQueue();
  queue.busy();
  queue.add();
  queue.turn();
  for (let n = 0; n < 4; n++) queue.add();
  queue.turn();
  expect(queue.groups).toEqual([5]);
});

test('a hold that is over does not write the next group early', () => {
  const queue = heldQueue();
  queue.busy();
  queue.add();
  queue.add();
  queue.turn();
  queue.pass(1.5);
  queue.drain();
  expect(queue.groups).toEqual([2]);
  queue.add();
  queue.turn();
  queue.pass(0.5);
  expect(queue.groups).toEqual([2]);
  queue.pass(1.5);
  expect(queue.groups).toEqual([2, 1]);
});

test('a held group fails as a whole, and the next one is taken as usual', async () => {
  const queue = heldQueue();
  queue.busy();
  queue.fail(new StreamUnavailable('full'));
  const held = [queue.add(), queue.add()];
  queue.turn();
  queue.pass(2);
  const outcomes = await Promise.allSettled(held);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  queue.fail(null);
  const next = queue.add();
  queue.turn();
  queue.pass(2);
  await next;
  expect(queue.groups).toEqual([1]);
});
