import { randomInt } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runChaos } from './chaos.ts';
import { judge, report } from './judge.ts';
import { type Asked, parseOptions, USAGE } from './options.ts';

let options: Asked;
try {
  options = parseOptions(process.argv.slice(2), () => randomInt(1_000_000));
} catch (error) {
  console.error(`${error instanceof Error ? error.message : error}\n${USAGE}`);
  process.exit(2);
}

if (options.kafka) {
  const { kafkaChaos } = await import('./kafka/run.ts');
  process.exit(await kafkaChaos(options));
}

const { kills, seconds, seed, rate } = options;
const again = `--kills ${kills} --seconds ${seconds} --seed ${seed} --rate ${rate}`;
console.log(`chaos: ${again}`);
const run = await runChaos(options, (line) => console.log(`  ${line}`));
const checks = judge(run);
console.log(report(checks));
const failed = checks.filter(({ problems }) => problems.length > 0);
if (failed.length === 0) {
  rmSync(run.folder, { recursive: true });
  console.log(`all checks passed (seed ${seed})`);
} else {
  const { slack, lives } = run;
  writeFileSync(join(run.folder, 'slack.json'), JSON.stringify(slack.arrivals, null, 1));
  writeFileSync(join(run.folder, 'lives.json'), JSON.stringify(lives, null, 1));
  console.log(`${failed.length} checks FAILED (${again}); kept: ${run.folder}`);
  process.exitCode = 1;
}
