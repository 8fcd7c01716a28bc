import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import manifest from '../package.json' with { type: 'json' };

const page = readFileSync(join(import.meta.dirname, '../docs/dependencies.md'), 'utf8');

/** Packages of each table of the page, in its order. */
const tables = page
  .split('\n## ')
  .slice(1)
  .map((section) => [...section.matchAll(/^\| `([^`]+)` \| (.+) \|$/gm)].map(([, name]) => name));

test.each([
  ['at run time', 0, manifest.dependencies],
  ['optional', 1, manifest.optionalDependencies],
  ['for development', 2, manifest.devDependencies],
])('docs/dependencies.md says why each package is there: %s', (_title, index, packages) => {
  expect(tables[index]).toEqual(Object.keys(packages).sort());
});
