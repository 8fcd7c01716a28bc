import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { BUDGET, brokenBudgets } from './budgets.ts';

const lines = (count: number) => 'x\n'.repeat(count);

function broken(files: Record<string, string>, longer = {}): string[] {
  const root = mkdtempSync(join(tmpdir(), 'meshpulse-budgets-'));
  try {
    const all = { 'package.json': '{}', 'package-lock.json': '{"packages":{}}', ...files };
    for (const [path, text] of Object.entries(all)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    return brokenBudgets(root, longer);
  } finally {
    rmSync(root, { recursive: true });
  }
}

test('a tree within its budgets breaks none', () => {
  const files = { 'src/a.ts': lines(BUDGET.lines), 'src/cli/b.ts': 'console.log(1)' };
  expect(broken(files)).toEqual([]);
});

test('a long file is named, one with a reason may be longer, one that no longer is may not keep it', () => {
  const long = { 'src/a.ts': lines(351) };
  expect(broken(long)).toEqual(['351 lines in src/a.ts, allowed: 350']);
  expect(broken(long, { 'src/a.ts': { lines: 360, why: '' } })).toEqual([]);
  expect(broken({ 'src/a.ts': 'x' }, { 'src/a.ts': { lines: 360, why: '' } })).toEqual([
    'src/a.ts: 1 lines need no exception any more',
  ]);
});

test('what is left over and what prints are named with their lines', () => {
  const left = 'TO'.concat('DO');
  const files = { 'docs/a.md': `\n${left}: more`, 'src/api/a.ts': "\n\nconsole.log('x')" };
  expect(broken(files)).toEqual([
    `docs/a.md:2: ${left} is left over`,
    'src/api/a.ts:3: console.log prints; use the log',
  ]);
});

test('growing source and more packages are named', () => {
  const many = (count: number) => Array.from({ length: count }, (_, index) => [`p${index}`, {}]);
  const files = {
    'src/a.css': 'x'.repeat(BUDGET.sourceBytes + 1),
    'package.json': JSON.stringify({ dependencies: Object.fromEntries(many(12)) }),
    'package-lock.json': JSON.stringify({
      packages: { '': {}, dev: { dev: true }, ...Object.fromEntries(many(21)) },
    }),
  };
  expect(broken(files)).toEqual([
    '1550001 bytes of source, allowed: 1550000',
    '12 dependencies in package.json, allowed: 11',
    '21 packages installed to run, allowed: 20',
  ]);
});
