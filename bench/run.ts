import { readdirSync } from 'node:fs';
import { parseArgs } from 'node:util';

/**
 * Runs every bench beside this file that exports `run(smoke)`: `npm run bench -- [--smoke] [NAME…]`.
 * `--smoke` only shows that they still run; its figures mean nothing.
 */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { smoke: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const names = readdirSync(import.meta.dirname)
    .filter((file) => file.endsWith('.ts') && file !== 'run.ts')
    .map((file) => file.slice(0, -3));
  const unknown = positionals.filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    throw new Error(`no bench named ${unknown.join(', ')}; there are ${names.join(', ')}`);
  }

  let ran = 0;
  for (const name of positionals.length > 0 ? positionals : names) {
    const bench = (await import(`./${name}.ts`)) as { run?: (smoke: boolean) => unknown };
    if (bench.run === undefined) continue;
    console.log(`\n${name}${values.smoke ? ' (smoke)' : ''}`);
    await bench.run(values.smoke);
    ran++;
  }
  if (ran === 0) throw new Error('nothing was run');
}

await main();
