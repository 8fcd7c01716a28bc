import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export const LAUNCHER = join(import.meta.dirname, '../../src/cli/meshpulse.mjs');

export interface Launched {
  child: ChildProcess;
  said: { out: string; err: string };
  /** What it exited with, once all it printed is there. */
  ended: Promise<number | null>;
}

/** Starts the launcher (or `file`) under a Node of choice, without any of our variables. */
export function launch(
  argv: string[],
  { node = process.execPath, file = LAUNCHER, cwd = '/' } = {},
): Launched {
  const { PATH = '' } = process.env;
  const child = spawn(node, [file, ...argv], {
    cwd,
    env: { PATH },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { out: '', err: '' };
  child.stdout?.on('data', (chunk) => {
    said.out += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    said.err += chunk;
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  return { child, said, ended };
}

/** The user's own Node, when it is older than what we run on; null: there is none on PATH. */
export function olderNode(): string | null {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const node = join(folder, 'node');
    if (folder.includes('node_modules') || !existsSync(node)) continue;
    const version = execFileSync(node, ['--version'], { encoding: 'utf8' });
    if (Number.parseInt(version.slice(1), 10) < 24) return node;
  }
  return null;
}
