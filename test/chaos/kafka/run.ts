import { rmSync } from 'node:fs';
import { findPart, missingPart } from '../../real/parts.ts';
import { report } from '../judge.ts';
import type { ChaosOptions } from '../options.ts';
import { runKafkaChaos } from './chaos.ts';
import { judgeKafka, keepEvidence } from './judge.ts';

const FROZEN_SECONDS = 30;

/** `npm run chaos -- --kafka`; the exit status. */
export async function kafkaChaos(options: ChaosOptions & { partitions: number }): Promise<number> {
  const launcher = findPart('kafka');
  if (launcher === null) {
    console.error(missingPart('kafka'));
    return 2;
  }
  const { kills, seconds, seed, rate, partitions } = options;
  const again = `--kafka --kills ${kills} --seconds ${seconds} --seed ${seed} --rate ${rate} --partitions ${partitions}`;
  console.log(`chaos: ${again}`);
  const run = await runKafkaChaos({ ...options, launcher, frozenSeconds: FROZEN_SECONDS }, (line) =>
    console.log(`  ${line}`),
  );
  const checks = judgeKafka(run);
  console.log(report(checks));
  const failed = checks.filter(({ problems }) => problems.length > 0);
  if (failed.length === 0) {
    rmSync(run.folder, { recursive: true });
    console.log(`all checks passed (seed ${seed})`);
    return 0;
  }
  keepEvidence(run);
  console.log(`${failed.length} checks FAILED (${again}); kept: ${run.folder}`);
  return 1;
}
