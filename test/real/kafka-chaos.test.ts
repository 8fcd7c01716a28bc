import { rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { report } from '../chaos/judge.ts';
import { runKafkaChaos } from '../chaos/kafka/chaos.ts';
import { judgeKafka, keepEvidence } from '../chaos/kafka/judge.ts';
import { describePart } from './parts.ts';

/** The faults are fewer than the time is long: a slow machine has them all too. */
const SLICE = {
  kills: 6,
  seconds: 300,
  seed: 20_263,
  rate: 120,
  partitions: 6,
  frozenSeconds: 8,
};

describePart('kafka', 'chaos on a real Kafka', (launcher) => {
  test('with processes and brokers killed and frozen under load, it loses nothing, counts nothing twice, takes nothing back and tells what it must', async () => {
    const run = await runKafkaChaos({ ...SLICE, launcher }, (line) => console.log(line));
    const checks = judgeKafka(run);
    console.log(report(checks));
    const failed = checks.filter(({ problems }) => problems.length > 0);
    if (failed.length > 0) keepEvidence(run);
    expect(failed, `npm run chaos -- --kafka --seed ${SLICE.seed}; kept: ${run.folder}`).toEqual(
      [],
    );
    rmSync(run.folder, { recursive: true });
  }, 600_000);
});
