import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { VERSION } from '../../src/cli/version.ts';
import { LAUNCHER, launch, olderNode } from './launching.ts';

async function result(...given: Parameters<typeof launch>) {
  const { said, ended } = launch(...given);
  return { status: await ended, ...said };
}

const printsVersion = { status: 0, out: `${VERSION}\n`, err: '' };

test('under a new enough Node it runs there, without warnings', async () => {
  expect(await result(['version'])).toEqual(printsVersion);
});

test('the exit status is that of the command', async () => {
  expect((await result(['serv'])).status).toBe(2);
});

test('a flag that the demo does not have is refused with those it has', async () => {
  const { status, err } = await result(['demo', '--brokers', 'a:9092']);
  expect(status).toBe(2);
  expect(err).toContain("Unknown option '--brokers'; allowed: --kafka, ");
  expect(err.trim().split('\n')).toHaveLength(1);
});

const older = olderNode();

describe.skipIf(older === null)('under an older Node', () => {
  const node = older ?? '';

  test('the Node that was installed beside it takes over, with its output and exit status', async () => {
    expect(await result(['version'], { node })).toEqual(printsVersion);
    const refused = await result(['check', '--port', 'x'], { node });
    expect(refused.status).toBe(2);
    expect(refused.err).toContain('--port  listen.port: found "x"');
  });

  test('it says what is missing when there is none', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'meshpulse-alone-'));
    try {
      const file = join(folder, 'meshpulse.mjs');
      copyFileSync(LAUNCHER, file);
      const { status, err } = await result(['version'], { node, file });
      expect(status).toBe(1);
      expect(err).toMatch(/^meshpulse needs Node 24 or newer: this is v\d+\.\d+\.\d+, and none/);
      expect(err).not.toContain('    at ');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
