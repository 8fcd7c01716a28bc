import { execFileSync, spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { VERSION } from '../../src/cli/version.ts';

const root = join(import.meta.dirname, '../..');
const launcher = join(root, 'src/cli/meshpulse.mjs');

function launch(node: string, file: string, ...argv: string[]) {
  const child = spawn(node, [file, ...argv], { cwd: tmpdir(), stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { out: '', err: '' };
  child.stdout.on('data', (chunk) => {
    said.out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    said.err += chunk;
  });
  return new Promise<{ status: number | null; out: string; err: string }>((resolve) =>
    child.on('close', (status) => resolve({ status, ...said })),
  );
}

/** The user's own Node, when it is older than what we run on. */
function olderNode(): string | null {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const node = join(folder, 'node');
    if (folder.includes('node_modules') || !existsSync(node)) continue;
    const version = execFileSync(node, ['--version'], { encoding: 'utf8' });
    if (Number.parseInt(version.slice(1), 10) < 24) return node;
  }
  return null;
}

test('under a new enough Node it runs there, without warnings', async () => {
  expect(await launch(process.execPath, launcher, 'version')).toEqual({
    status: 0,
    out: `${VERSION}\n`,
    err: '',
  });
});

test('the exit status is that of the command', async () => {
  expect((await launch(process.execPath, launcher, 'serv')).status).toBe(2);
});

const older = olderNode();

describe.skipIf(older === null)('under an older Node', () => {
  test('the Node that was installed beside it takes over, with its output and exit status', async () => {
    expect(await launch(older!, launcher, 'version')).toEqual({
      status: 0,
      out: `${VERSION}\n`,
      err: '',
    });
    const refused = await launch(older!, launcher, 'check', '--port', 'x');
    expect(refused.status).toBe(2);
    expect(refused.err).toContain('--port  listen.port: found "x"');
  });

  test('it says what is missing when there is none', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'meshpulse-alone-'));
    try {
      copyFileSync(launcher, join(folder, 'meshpulse.mjs'));
      const { status, err } = await launch(older!, join(folder, 'meshpulse.mjs'), 'version');
      expect(status).toBe(1);
      expect(err).toMatch(/^meshpulse needs Node 24 or newer: this is v\d+\.\d+\.\d+, and none/);
      expect(err).not.toContain('    at ');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
