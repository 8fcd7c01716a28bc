import { rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { runChaos } from '../chaos/chaos.ts';
import { judge, report } from '../chaos/judge.ts';

const SLICE = { kills: 1_000, seconds: 75, seed: 20_260, rate: 300 };

test('killed again and again under load, it loses nothing, counts nothing twice and tells what it must', async () => {
  const run = await runChaos(SLICE, (line) => console.log(line));
  const checks = judge(run);
  console.log(report(checks));
  const failed = checks.filter(({ problems }) => problems.length > 0);
  expect(failed, `npm run chaos -- --seed ${SLICE.seed}; kept: ${run.folder}`).toEqual([]);
  rmSync(run.folder, { recursive: true });
}, 300_000);
