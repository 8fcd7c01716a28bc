import { expect, test } from 'vitest';
import { DeadlineQueue } from '../../../src/aggregate/breaker/deadline-queue.ts';
import { Random } from '../../random.ts';

interface Waiter {
  name: string;
  us: number | null;
}

/** Who is due by `us`: the soonest, of those of one time the first by name. */
function naive(waiters: readonly Waiter[], us: number): Waiter | null {
  const due = waiters.filter((one) => one.us !== null && one.us <= us);
  due.sort((a, b) => a.us! - b.us! || (a.name < b.name ? -1 : 1));
  return due[0] ?? null;
}

test.each([1, 2, 3, 4])('gives who a look at everyone would give (seed %i)', (seed) => {
  const random = new Random(seed);
  const waiters: Waiter[] = Array.from({ length: 40 }, (_, i) => ({ name: `w${i}`, us: null }));
  const queue = new DeadlineQueue<Waiter>(
    ({ us }) => us,
    (a, b) => a.name < b.name,
  );
  let now = 0;
  let taken = 0;
  for (let step = 0; step < 5_000; step++) {
    const one = random.pick(waiters);
    const move = random.next();
    if (move < 0.4) {
      one.us = now + random.integer(50);
      queue.changed(one);
    } else if (move < 0.5) {
      // Later, or given up: the queue is not told.
      if (one.us !== null) one.us = random.next() < 0.5 ? null : one.us + random.integer(50);
    } else if (move < 0.7) {
      expect(queue.nextUs).toBe(naive(waiters, Infinity)?.us ?? null);
    } else {
      now += random.integer(10);
      for (let due = queue.take(now); due !== null; due = queue.take(now)) {
        expect(due).toBe(naive(waiters, now));
        due.us = random.next() < 0.3 ? now + random.integer(20) : null;
        queue.changed(due);
        taken++;
      }
      expect(naive(waiters, now)).toBeNull();
    }
  }
  expect(taken).toBeGreaterThan(500);
});
