import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bootstrapOf, LambdaEnvironment } from './environment.ts';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/deploy-lambda.md'), 'utf8');

test('the zip of docs/deploy-lambda.md holds all that the function needs', async () => {
  const command = /^npx esbuild (.*) --outfile=dist\/lambda\/(.*)$/m.exec(page);
  const folder = mkdtempSync(join(tmpdir(), 'meshpulse-zip-'));
  const file = join(folder, command?.[2] ?? '');
  try {
    const args = [...(command?.[1]?.split(' ') ?? []), `--outfile=${file}`, '--log-level=error'];
    execFileSync(join(root, 'node_modules/.bin/esbuild'), args, { cwd: root });
    // The name before the dot is the file, that behind it what it exports.
    expect(page).toContain(`--handler ${command?.[2]?.replace(/cjs$/, 'handler')} `);
    const environment = await LambdaEnvironment.start({
      argv: bootstrapOf(file),
      env: { MESHPULSE_SINK: 'kafka', MESHPULSE_KAFKA_BROKERS: '127.0.0.1:9' },
    });
    expect((await environment.fetch('/healthz')).status).toBe(200);
    await environment.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('every setting of the function is in docs/deploy-lambda.md, and no other', () => {
  const files = readdirSync(join(root, 'functions/settings')).filter((file) => !/lane/.test(file));
  const sources = ['sink.ts', ...files.map((file) => `settings/${file}`)];
  const read = sources.map((file) => readFileSync(join(root, 'functions', file), 'utf8')).join();
  const named = (text: string) => [...new Set(text.match(/\bMESHPULSE_[A-Z_]+/g))].sort();
  expect(named(page)).toEqual(named(read));
});
