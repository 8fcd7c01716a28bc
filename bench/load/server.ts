import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Ask, Usage } from './report-usage.ts';
import { total } from './samples.ts';

const ROOT = join(import.meta.dirname, '../..');
const START_POLL_MS = 10;
const COUNT_POLL_MS = 50;

export interface ServerOptions {
  /** Its working folder, data and configuration in it; by default a new one, which is gone after `stop`. */
  folder?: string;
  /** Text of its `meshpulse.yaml`. */
  config?: string;
  /** Its clock is put back by so much. */
  clockBehindMs?: number;
  /** How long it may take to be ready. */
  patienceMs?: number;
}

/** `meshpulse serve` in a process of its own; `BENCH_NODE_FLAGS` may ask for a profile. */
export class ServerUnderLoad {
  readonly folder: string;
  readonly #child: ChildProcess;
  readonly #ownsFolder: boolean;
  readonly #spawned = performance.now();
  readonly #killWithUs = () => void this.#child.kill('SIGKILL');
  #said = '';
  url = '';
  /** From spawn on, ms. */
  listeningMs = Number.NaN;
  readyMs = Number.NaN;

  private constructor({ folder, config, clockBehindMs }: ServerOptions) {
    this.#ownsFolder = folder === undefined;
    this.folder = folder ?? newFolder();
    if (config !== undefined) writeFileSync(join(this.folder, 'meshpulse.yaml'), config);
    this.#child = spawn(
      process.execPath,
      [
        ...(process.env.BENCH_NODE_FLAGS?.split(' ') ?? []),
        ...['--import', join(import.meta.dirname, 'report-usage.ts')],
        ...(clockBehindMs === undefined
          ? []
          : ['--import', join(import.meta.dirname, 'put-clock-back.ts')]),
        join(ROOT, 'src/cli/meshpulse.mjs'),
        ...['serve', '--port', '0', '--data', join(this.folder, 'data')],
      ],
      { cwd: this.folder, stdio: ['ignore', 'pipe', 'pipe', 'ipc'], env: quiet(clockBehindMs) },
    );
    process.once('exit', this.#killWithUs);
    this.#child.once('exit', () => process.removeListener('exit', this.#killWithUs));
    for (const output of [this.#child.stdout, this.#child.stderr]) {
      output?.on('data', (chunk) => {
        this.#said += chunk;
      });
    }
  }

  static async start(options: ServerOptions = {}): Promise<ServerUnderLoad> {
    const server = new ServerUnderLoad(options);
    const { patienceMs = 30_000 } = options;
    try {
      const url = () => /listens on (\S+)/.exec(server.#said)?.[1];
      await until('the server listens', patienceMs, START_POLL_MS, () => {
        if (server.#child.exitCode !== null) throw new Error('the server ended');
        return url() !== undefined;
      });
      server.url = url()!;
      server.listeningMs = performance.now() - server.#spawned;
      const isReady = async () => (await server.ask('/readyz')).ok;
      await until('the server is ready', patienceMs, START_POLL_MS, isReady);
      server.readyMs = performance.now() - server.#spawned;
      return server;
    } catch (error) {
      server.#child.kill('SIGKILL');
      throw new Error(`${error}; it said: ${server.#said}`, { cause: error });
    }
  }

  ask(path: string): Promise<Response> {
    return fetch(`${this.url}${path}`);
  }

  /** The facts of the first line of its log about `event`. */
  logged(event: string): Record<string, unknown> {
    for (const line of this.#said.split('\n')) {
      if (line.startsWith('{') && line.includes(`"event":"${event}"`)) return JSON.parse(line);
    }
    throw new Error(`the server did not log ${event}`);
  }

  /** Lines of its log that are no `info`. */
  complaints(): string[] {
    const worse = /"level":"(warn|error)"/;
    return this.#said.split('\n').filter((line) => worse.test(line));
  }

  async usage(ask: Ask = 'usage'): Promise<Usage> {
    const answer = once(this.#child, 'message');
    this.#child.send(ask);
    const [usage] = await answer;
    return usage as Usage;
  }

  async metrics(): Promise<string> {
    return await (await this.ask('/metrics')).text();
  }

  /** Resolves when so many records are in their bins; throws when one is not among the counted. */
  async hasCounted(records: number): Promise<void> {
    const events = async (bin: string) =>
      total(await this.metrics(), `meshpulse_events_${bin}_total`);
    const arrived = async () => (await events('received')) >= records;
    await until(`${records} records received`, 30_000, COUNT_POLL_MS, arrived);
    const counted = await events('counted');
    if (counted !== records) throw new Error(`${records} sent, but ${counted} counted`);
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** As `kill -9` does; its folder stays. */
  async kill(): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }

  async stop(): Promise<void> {
    const { exitCode, signalCode } = this.#child;
    if (exitCode === null && signalCode === null) {
      const ended = once(this.#child, 'exit');
      this.#child.kill('SIGTERM');
      await ended;
    }
    if (this.#ownsFolder) rmSync(this.folder, { recursive: true, force: true });
  }
}

export function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'meshpulse-bench-'));
}

/** Only what it needs: none of our own variables. */
function quiet(clockBehindMs = 0): NodeJS.ProcessEnv {
  const { PATH = '', HOME = '' } = process.env;
  return { PATH, HOME, BENCH_CLOCK_BEHIND_MS: String(clockBehindMs) };
}

export async function until(
  what: string,
  patienceMs: number,
  pollMs: number,
  holds: () => boolean | Promise<boolean>,
): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`not in time: ${what}`);
    await sleep(pollMs);
  }
}
