import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, test } from 'vitest';

/** Where published records of other programs lie: beside the checkout, not in it. */
const SHARED = resolve(import.meta.dirname, '../../shared');

/** What becomes of a suite that reads a file or folder of `../shared`, and the line that says why. */
export function samplesIn(
  name: string,
  env: { CI?: string | undefined } = process.env,
): { path: string; verdict: 'run' | 'skip' | 'fail'; why: string } {
  const path = resolve(SHARED, name);
  const absent = env.CI === 'true' ? 'fail' : 'skip';
  return {
    path,
    verdict: existsSync(path) ? 'run' : absent,
    why: `no sample records at ${path}: they are read where they are, beside the checkout`,
  };
}

/**
 * A suite that reads published records. Without them it is skipped and says so; in CI (`CI=true`) it fails, so that
 * nothing is ever taken as shown that was not run.
 */
export function describeSamples(name: string, title: string, suite: (path: string) => void): void {
  const { path, verdict, why } = samplesIn(name);
  if (verdict === 'run') {
    describe(title, () => suite(path));
  } else if (verdict === 'fail') {
    test(title, () => {
      throw new Error(why);
    });
  } else {
    console.warn(`skipped: ${title}: ${why}`);
    test.skip(`${title} (${why})`, () => {});
  }
}
