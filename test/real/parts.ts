import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, test } from 'vitest';
import { edgePrograms } from '../../src/cli/demo/edge/needs.ts';

/** Programs that the real tests run against, and the script that installs each. */
const PARTS = {
  envoy: { install: 'infra/real-parts/envoy.sh', variable: 'MESHPULSE_TEST_ENVOY' },
  chromium: { install: 'infra/real-parts/chromium.sh', variable: 'MESHPULSE_TEST_CHROMIUM' },
  resilience4j: {
    install: 'infra/real-parts/resilience4j.sh',
    variable: 'MESHPULSE_TEST_RESILIENCE4J',
  },
  kafka: { install: 'infra/real-parts/kafka.sh', variable: 'MESHPULSE_TEST_KAFKA' },
} as const;

export type PartName = keyof typeof PARTS;

const root = join(import.meta.dirname, '../..');

/** Path of the program: what its variable says, what our script installed, what is on PATH; null: not there. */
export function findPart(name: PartName, env: NodeJS.ProcessEnv = process.env): string | null {
  const said = env[PARTS[name].variable];
  if (said !== undefined && said !== '') return isProgram(said) ? said : null;
  const ours = join(root, '.real-parts', name, name);
  const onPath = (env.PATH ?? '').split(delimiter).map((folder) => join(folder, name));
  return [ours, ...onPath].find(isProgram) ?? null;
}

/** One line: why it is not tested, and what would make it so. */
export function missingPart(name: PartName): string {
  const { install, variable } = PARTS[name];
  return `no ${name} on this machine: run ${install}, or set ${variable} to its path`;
}

/**
 * A suite that needs a real program. Without it the suite is skipped and says why; in CI (`CI=true`) it fails,
 * so that nothing is ever taken as shown that was not run.
 */
export function describePart(name: PartName, title: string, suite: (path: string) => void): void {
  const path = findPart(name);
  if (path === null) describeMissing(title, missingPart(name), () => suite(''));
  else describe(title, () => suite(path));
}

/** As {@link describePart}, of a suite that needs nothing but workerd and wrangler, which npm brings. */
export function describeEdge(title: string, suite: () => void): void {
  try {
    edgePrograms();
  } catch (error) {
    describeMissing(title, (error as Error).message, suite);
    return;
  }
  describe(title, suite);
}

function describeMissing(title: string, why: string, suite: () => void): void {
  if (process.env.CI === 'true') {
    test(title, () => {
      throw new Error(why);
    });
  } else {
    console.warn(`skipped: ${title}: ${why}`);
    describe.skip(`${title} (${why})`, suite);
  }
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
