import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Usage } from './report-usage.ts';

const ROOT = join(import.meta.dirname, '../..');
const PATIENCE_MS = 30_000;

/** `meshpulse serve` in a process of its own with a new data folder; `BENCH_NODE_FLAGS` may ask for a profile. */
export class ServerUnderLoad {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(url: string, child: ChildProcess, folder: string) {
    this.url = url;
    this.#child = child;
    this.#folder = folder;
  }

  static async start(): Promise<ServerUnderLoad> {
    const folder = mkdtempSync(join(tmpdir(), 'meshpulse-bench-'));
    const child = spawn(
      process.execPath,
      [
        ...(process.env.BENCH_NODE_FLAGS?.split(' ') ?? []),
        '--import',
        join(import.meta.dirname, 'report-usage.ts'),
        join(ROOT, 'src/cli/meshpulse.mjs'),
        ...['serve', '--port', '0', '--data', join(folder, 'data')],
      ],
      { cwd: folder, stdio: ['ignore', 'pipe', 'pipe', 'ipc'], env: quiet() },
    );
    let said = '';
    for (const output of [child.stdout, child.stderr]) {
      output?.on('data', (chunk) => {
        said += chunk;
      });
    }
    const url = () => /listens on (\S+)/.exec(said)?.[1];
    await until('the server listens', () => {
      if (child.exitCode !== null) throw new Error(`the server ended: ${said}`);
      return url() !== undefined;
    });
    const server = new ServerUnderLoad(url()!, child, folder);
    await until('the server is ready', async () => (await fetch(`${server.url}/readyz`)).ok);
    return server;
  }

  async usage(): Promise<Usage> {
    const answer = once(this.#child, 'message');
    this.#child.send('usage');
    const [usage] = await answer;
    return usage as Usage;
  }

  /** Resolves when so many records are in their bins; throws when one is not among the counted. */
  async hasCounted(records: number): Promise<void> {
    const total = async (bin: string) => {
      const text = await (await fetch(`${this.url}/metrics`)).text();
      const lines = text.matchAll(
        new RegExp(`^meshpulse_events_${bin}_total\\{.*\\} (\\d+)$`, 'gm'),
      );
      return [...lines].reduce((sum, [, count]) => sum + Number(count), 0);
    };
    await until(`${records} records received`, async () => (await total('received')) >= records);
    const counted = await total('counted');
    if (counted !== records) throw new Error(`${records} sent, but ${counted} counted`);
  }

  async stop(): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await ended;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Only what it needs: none of our own variables. */
function quiet(): NodeJS.ProcessEnv {
  const { PATH = '', HOME = '' } = process.env;
  return { PATH, HOME };
}

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`not in time: ${what}`);
    await sleep(50);
  }
}
