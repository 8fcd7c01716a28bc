import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  cruise,
  type ICruiseOptions,
  type ICruiseResult,
  type IFlattenedRuleSet,
} from 'dependency-cruiser';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const { forbidden, options } = createRequire(import.meta.url)('../.dependency-cruiser.cjs') as {
  forbidden: NonNullable<IFlattenedRuleSet['forbidden']>;
  options: ICruiseOptions;
};

/** Names of the rules that a small tree of these files breaks. */
async function broken(files: Record<string, string>): Promise<string[]> {
  const baseDir = mkdtempSync(join(tmpdir(), 'meshpulse-layout-'));
  try {
    const manifest = JSON.stringify({ dependencies: { hono: '*' } });
    for (const [path, text] of Object.entries({ 'package.json': manifest, ...entries, ...files })) {
      mkdirSync(dirname(join(baseDir, path)), { recursive: true });
      writeFileSync(join(baseDir, path), text);
    }
    symlinkSync(join(root, 'node_modules'), join(baseDir, 'node_modules'));
    const { output } = await cruise(['src', 'functions'], {
      ...options,
      baseDir,
      validate: true,
      ruleSet: { forbidden },
    });
    const { violations } = (output as ICruiseResult).summary;
    return [...new Set(violations.map(({ rule }) => rule.name))].sort();
  } finally {
    rmSync(baseDir, { recursive: true });
  }
}

const entries = { 'src/cli/main.ts': '', 'functions/worker.ts': '' };
const importing = (...specifiers: string[]) =>
  specifiers.map((specifier) => `import '${specifier}';\n`).join('');

/** What breaks each rule, and only it: the files, the entry points reaching them. */
const BREAKS: Record<string, Record<string, string>> = {
  'folder-without-direction': {
    'src/cli/main.ts': importing('../novelty/a.ts'),
    'src/novelty/a.ts': importing('./b.ts'),
    'src/novelty/b.ts': '',
  },
  'nothing-imports-functions': {
    'src/cli/main.ts': importing('../../functions/worker.ts'),
  },
  'no-orphans': { 'src/model/forgotten.ts': 'export const forgotten = 1;' },
  'no-cycles': {
    'src/cli/main.ts': importing('../model/a.ts'),
    'src/model/a.ts': "import type { B } from './b.ts';\nexport type A = B;",
    'src/model/b.ts': "import type { A } from './a.ts';\nexport type B = A | 1;",
  },
  'imports-resolve': { 'src/cli/main.ts': importing('./missing.ts') },
  'dependencies-are-declared': { 'src/cli/main.ts': importing('fast-check') },
  'worker-folders-without-node': {
    'src/cli/main.ts': importing('../receive/a.ts'),
    'src/receive/a.ts': importing('node:fs', 'node:zlib'),
  },
  'worker-reaches-no-node': {
    'functions/worker.ts': importing('../src/views/a.ts'),
    'src/views/a.ts': importing('node:http', 'node:net'),
  },
  'worker-reaches-few-packages': {
    'package.json': '{}',
    'functions/worker.ts': importing('../src/views/a.ts'),
    'src/views/a.ts': importing('picocolors'),
  },
  'formats-are-pure': {
    'src/cli/main.ts': importing('../receive/formats/a.ts'),
    'src/receive/formats/a.ts': importing('../limits.ts'),
    'src/receive/limits.ts': '',
  },
  'stream-adapters-apart': {
    'src/cli/main.ts': importing('../stream/sqlite/a.ts'),
    'src/stream/sqlite/a.ts': importing('../memory/b.ts', '../embedded/c.ts'),
    'src/stream/memory/b.ts': '',
    'src/stream/embedded/c.ts': '',
  },
  'notify-adapters-apart': {
    'src/cli/main.ts': importing('../notify/slack/a.ts'),
    'src/notify/slack/a.ts': importing('../console/b.ts'),
    'src/notify/console/b.ts': '',
  },
};

/** For each folder one import it may not make; `cli` is forbidden to all of them by a rule of its own too. */
const WRONG: Record<string, string> = {
  model: 'telemetry/log',
  packed: 'identity/x',
  identity: 'packed/x',
  auth: 'telemetry/log',
  alert: 'stream/record',
  telemetry: 'stream/record',
  stream: 'model/x',
  config: 'stream/sqlite/x',
  receive: 'stream/memory/x',
  aggregate: 'views/x',
  views: 'aggregate/x',
  notify: 'api/x',
  dashboard: 'views/x',
  api: 'stream/record',
};
for (const [name, target] of Object.entries(WRONG)) {
  BREAKS[`${name}-imports`] = {
    'src/cli/main.ts': importing(`../${name}/wrong.ts`),
    [`src/${name}/wrong.ts`]: importing(`../${target}.ts`),
    [`src/${target}.ts`]: '',
  };
}
BREAKS['nothing-imports-cli'] = { 'functions/worker.ts': importing('../src/cli/main.ts') };

test('there is a case for every rule', () => {
  expect(Object.keys(BREAKS).sort()).toEqual(forbidden.map(({ name }) => name).sort());
});

test('a tree that follows the directions breaks none', async () => {
  expect(
    await broken({
      'src/cli/main.ts': importing(
        '../receive/door.ts',
        '../stream/sqlite/stream.ts',
        '../config/a.ts',
      ),
      'functions/worker.ts': importing(
        '../src/receive/door.ts',
        '../src/stream/memory/stream.ts',
        'hono',
      ),
      'src/receive/door.ts': importing(
        '../model/a.ts',
        '../stream/sink.ts',
        '../telemetry/log.ts',
        'node:zlib',
      ),
      'src/stream/sqlite/stream.ts': importing('../sink.ts', '../embedded/a.ts', 'node:sqlite'),
      'src/stream/memory/stream.ts': importing('../sink.ts', '../embedded/a.ts'),
      'src/stream/embedded/a.ts': importing('../sink.ts'),
      'src/stream/sink.ts': '',
      'src/config/a.ts': importing('../model/a.ts', 'node:fs'),
      'src/model/a.ts': '',
      'src/telemetry/log.ts': '',
    }),
  ).toEqual([]);
});

test.each(Object.entries(BREAKS))('%s bites', async (name, files) => {
  expect(await broken(files)).toContain(name);
});
