import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../stream/until.ts';

const root = join(import.meta.dirname, '../..');
/** On a machine that does much else; on a quiet one it takes about a minute. */
export const DEMO_WITHIN_MS = 240_000;

/** The demo as a viewer runs it: in a group of its own, as a terminal would start it, with a folder for all it leaves. */
export class RunningDemo {
  readonly #folder = mkdtempSync(join(tmpdir(), 'meshpulse-demo-run-'));
  readonly #child;
  readonly #ended: Promise<unknown[]>;
  #said = '';

  constructor(...flags: string[]) {
    const { PATH } = process.env;
    const folder = this.#folder;
    const env = { PATH, HOME: folder, TMPDIR: folder, npm_config_update_notifier: 'false' };
    const args = ['run', 'demo', '--', ...flags];
    this.#child = spawn('npm', args, { cwd: root, env, detached: true });
    for (const output of [this.#child.stdout, this.#child.stderr]) {
      output.setEncoding('utf8').on('data', (part: string) => {
        this.#said += part;
      });
    }
    this.#ended = once(this.#child, 'close');
  }

  get said(): string {
    return this.#said;
  }

  /** Its exit status. */
  async ended(): Promise<number | null> {
    const [status] = await this.#ended;
    return status as number | null;
  }

  async says(text: string): Promise<void> {
    await until(
      `it says: ${text}`,
      () => {
        if (!this.#runs) throw new Error(`it ended, having said: ${this.#said}`);
        return this.#said.includes(text);
      },
      DEMO_WITHIN_MS,
    );
  }

  async ctrlC(): Promise<void> {
    process.kill(-this.#child.pid!, 'SIGINT');
    await this.#ended;
  }

  /** Of all that it said it runs. */
  pids(): number[] {
    const found = [...this.#said.matchAll(/pid (\d+)/gi)].map(([, pid]) => Number(pid));
    return [...new Set(found)];
  }

  /** Names of the demo's own temporary folders. */
  folders(): string[] {
    return readdirSync(this.#folder).filter((name) => name.startsWith('meshpulse-demo-'));
  }

  /** Pids of processes that work in its folder; Linux only. */
  processes(): string[] {
    if (!existsSync('/proc/self/cwd')) return [];
    return readdirSync('/proc').filter((pid) => {
      try {
        return /^\d+$/.test(pid) && readlinkSync(`/proc/${pid}/cwd`).startsWith(this.#folder);
      } catch {
        // Gone, or another user's.
        return false;
      }
    });
  }

  remove(): void {
    if (this.#runs) process.kill(-this.#child.pid!, 'SIGTERM');
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  get #runs(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }
}

/** Where the roll-up breaker of ratings has gone, as the API tells. */
export async function movesOfRatings(said: string): Promise<string[]> {
  const [, page] = /the page is at (http:\S+)\//.exec(said) ?? [];
  const key = encodeURIComponent('inferred:*:ratings.bookshop:*');
  const answer = await fetch(`${page}/api/v1/breakers/${key}/transitions`);
  const { transitions } = (await answer.json()) as { transitions: { to: string }[] };
  return transitions.map(({ to }) => to);
}

export function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}
