import { expect, test } from 'vitest';
import { Random } from '../../random.ts';
import { KINDS, planOf } from './plan.ts';

const plan = (seed: number, kills: number) =>
  planOf(new Random(seed), { kills, sessionMs: 4_000, frozenMs: 30_000 });
const count = (of: ReturnType<typeof plan>, wanted: string) =>
  of.filter(({ kind }) => kind === wanted).length;

test('a seed always gives the same plan, another one another', () => {
  expect(plan(7, 50)).toEqual(plan(7, 50));
  expect(plan(8, 50)).not.toEqual(plan(7, 50));
});

test.each([1, 8, 50, 200])('%i kills of processes come with every other kind', (kills) => {
  const all = plan(3, kills);
  expect(count(all, 'process killed')).toBe(kills);
  expect(KINDS.filter((kind) => count(all, kind) === 0)).toEqual([]);
});

test('what is frozen is frozen for longer than a session', () => {
  const frozen = plan(5, 100).filter(({ kind }) => /^(aggregator|notifier) frozen$/.test(kind));
  expect(frozen.every(({ forMs }) => forMs > 4_000)).toBe(true);
});
