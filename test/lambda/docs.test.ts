import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bootstrapOf, LambdaEnvironment } from './environment.ts';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/deploy-lambda.md'), 'utf8');

const folder = mkdtempSync(join(tmpdir(), 'meshpulse-zip-'));
const [, options = '', zipped = ''] =
  /^npx esbuild (.*) --outfile=dist\/lambda\/(.*)$/m.exec(page) ?? [];
const file = join(folder, zipped);
/** The files that it is made of. */
let inputs: string[];

beforeAll(() => {
  const metafile = join(folder, 'meta.json');
  const args = [...options.split(' '), `--outfile=${file}`, `--metafile=${metafile}`];
  const esbuild = join(root, 'node_modules/.bin/esbuild');
  execFileSync(esbuild, [...args, '--log-level=error'], { cwd: root });
  inputs = Object.keys(JSON.parse(readFileSync(metafile, 'utf8')).inputs);
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true }));

test('the zip of docs/deploy-lambda.md holds all that the function needs', async () => {
  // The name before the dot is the file, that behind it what it exports.
  expect(page).toContain(`--handler ${zipped.replace(/cjs$/, 'handler')} `);
  const environment = await LambdaEnvironment.start({
    argv: bootstrapOf(file),
    env: { MESHPULSE_SINK: 'kafka', MESHPULSE_KAFKA_BROKERS: '127.0.0.1:9' },
  });
  try {
    expect((await environment.fetch('/healthz')).status).toBe(200);
  } finally {
    await environment.close();
  }
});

test('every setting of the function is in docs/deploy-lambda.md, and no other', () => {
  const entries = inputs.filter((input) => input.startsWith('functions/'));
  expect(entries).toContain('functions/lambda.ts');
  const read = entries.map((entry) => readFileSync(join(root, entry), 'utf8')).join();
  const named = (text: string) => [...new Set(text.match(/\bMESHPULSE_[A-Z_]+/g))].sort();
  expect(named(page)).toEqual(named(read));
});
