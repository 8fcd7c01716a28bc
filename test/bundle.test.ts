import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BUNDLE_BYTES, bundleSize, judgeBundle } from './bundle.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'meshpulse-bundle-test-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Of bytes that no gzip makes smaller. */
const write = (name: string, bytes: number) =>
  writeFileSync(join(folder, name), randomBytes(bytes));

test('a bundle within the budget is told with its size, and holds', () => {
  write('worker.js', BUNDLE_BYTES - 1_000);
  expect(judgeBundle(folder)).toEqual({
    line: expect.stringMatching(/^the Worker: 199\.0 kB, 199\.\d kB gzipped; allowed: 200\.0 kB$/),
    holds: true,
  });
});

test('a bundle over the budget does not hold, be it in one module or in several', () => {
  write('worker.js', BUNDLE_BYTES + 1);
  expect(judgeBundle(folder)).toEqual({
    line: expect.stringContaining('over the budget'),
    holds: false,
  });
  write('worker.js', BUNDLE_BYTES / 2);
  expect(judgeBundle(folder).holds).toBe(true);
  write('more.wasm', BUNDLE_BYTES / 2);
  expect(judgeBundle(folder).holds).toBe(false);
});

test('only what is uploaded counts, gzipped', () => {
  writeFileSync(join(folder, 'worker.js'), 'x'.repeat(BUNDLE_BYTES * 2));
  write('worker.js.map', BUNDLE_BYTES * 2);
  write('README.md', 100);
  const { plain, gzipped } = bundleSize(folder);
  expect(plain).toBe(BUNDLE_BYTES * 2);
  expect(gzipped).toBeLessThan(1_000);
});

test('a folder without a bundle is an error', () => {
  expect(() => bundleSize(folder)).toThrow('there is no bundle');
});
