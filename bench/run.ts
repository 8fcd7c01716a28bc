import { readdirSync } from 'node:fs';
import { type Options, readArguments } from './options.ts';

/**
 * Runs every bench beside this file that exports `run(smoke, options)`: `npm run bench -- [--smoke] [OPTION…] [NAME…]`.
 * `--smoke` only shows that they still run; its figures mean nothing.
 */
async function main(): Promise<void> {
  const { smoke, names: wanted, options } = readArguments(process.argv.slice(2));
  const names = readdirSync(import.meta.dirname)
    .filter((file) => file.endsWith('.ts') && file !== 'run.ts')
    .map((file) => file.slice(0, -3));
  const unknown = wanted.filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    throw new Error(`no bench named ${unknown.join(', ')}; there are ${names.join(', ')}`);
  }

  let ran = 0;
  for (const name of wanted.length > 0 ? wanted : names) {
    const bench = (await import(`./${name}.ts`)) as Bench;
    if (bench.run === undefined) continue;
    console.log(`\n${name}${smoke ? ' (smoke)' : ''}`);
    await bench.run(smoke, options);
    ran++;
  }
  if (ran === 0) throw new Error('nothing was run');
}

interface Bench {
  run?: (smoke: boolean, options: Options) => unknown;
}

await main();
