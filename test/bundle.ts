import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { bundleWorker } from '../src/cli/demo/edge/worker-bundle.ts';

/** What the Worker may weigh as it is uploaded, gzipped. Raise it only with the reason in the commit that does. */
export const BUNDLE_BYTES = 200_000;

/** wrangler leaves these beside what it would upload. */
const NOT_UPLOADED = new Set(['.map', '.md']);

/** Bytes of what `wrangler deploy --dry-run --outdir` has left in a folder. */
export function bundleSize(folder: string): { plain: number; gzipped: number } {
  const modules = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !NOT_UPLOADED.has(extname(entry.name)))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name)));
  if (modules.length === 0) throw new Error(`there is no bundle in ${folder}`);
  const sum = (sizes: number[]) => sizes.reduce((all, size) => all + size, 0);
  return {
    plain: sum(modules.map(({ byteLength }) => byteLength)),
    gzipped: sum(modules.map((module) => gzipSync(module, { level: 9 }).byteLength)),
  };
}

/** One line, and whether the budget holds. */
export function judgeBundle(folder: string): { line: string; holds: boolean } {
  const { plain, gzipped } = bundleSize(folder);
  const kilo = (bytes: number) => (bytes / 1_000).toFixed(1);
  const holds = gzipped <= BUNDLE_BYTES;
  const verdict = holds ? 'allowed' : 'over the budget, allowed';
  return {
    line: `the Worker: ${kilo(plain)} kB, ${kilo(gzipped)} kB gzipped; ${verdict}: ${kilo(BUNDLE_BYTES)} kB`,
    holds,
  };
}

if (import.meta.main) {
  const folder = mkdtempSync(join(tmpdir(), 'meshpulse-bundle-'));
  try {
    await bundleWorker(folder);
    const { line, holds } = judgeBundle(folder);
    console.log(line);
    process.exitCode = holds ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
