import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { get } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const LAUNCHER = join(import.meta.dirname, '../../src/cli/meshpulse.mjs');
const READY_WITHIN_MS = 60_000;

export interface ServerOptions {
  /** Configuration, data and log are in it. */
  folder: string;
  port: number;
  /** Of `serve`, beside those every server has. */
  args?: readonly string[];
  /** Name of its log in the folder. */
  log?: string;
  /** How often it is asked whether it is ready, ms. */
  askEveryMs?: number;
  env: Readonly<Record<string, string>>;
}

/** One life of `meshpulse serve`, a process of its own. */
export class Server {
  readonly #child: ChildProcess;
  readonly #port: number;
  readonly #askEveryMs: number;
  readonly #spawnedAt = performance.now();
  readonly #exited: Promise<void>;
  readonly #killWithUs = () => this.#child.kill('SIGKILL');
  /** From spawn to the first 200 of /readyz, ms; null before. */
  readyAfterMs: number | null = null;
  /** When that was, ms since the epoch. */
  readyAt: number | null = null;

  constructor({ folder, port, env, log: name, args: more, askEveryMs }: ServerOptions) {
    this.#port = port;
    this.#askEveryMs = askEveryMs ?? 5;
    const log = openSync(join(folder, name ?? 'server.log'), 'a');
    const args = ['serve', '--config', 'meshpulse.yaml', '--data', 'data', '--port', String(port)];
    args.push(...(more ?? []));
    this.#child = spawn(process.execPath, [LAUNCHER, ...args], {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: folder, ...env },
      stdio: ['ignore', 'ignore', log],
    });
    closeSync(log);
    process.once('exit', this.#killWithUs);
    this.#exited = once(this.#child, 'exit').then(() => {
      process.removeListener('exit', this.#killWithUs);
    });
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** How it ended by itself. */
  get end(): string {
    return `exit status ${this.#child.exitCode}, signal ${this.#child.signalCode}`;
  }

  /** Resolves once /readyz has answered 200, or the process has ended; rejects when neither happens. */
  async ready(): Promise<void> {
    while (this.running && this.readyAfterMs === null) {
      const ready = await isReady(this.#port);
      const afterMs = performance.now() - this.#spawnedAt;
      if (ready) {
        this.readyAfterMs ??= afterMs;
        this.readyAt ??= Date.now();
      } else if (afterMs > READY_WITHIN_MS) {
        throw new Error('not ready within a minute');
      } else await sleep(this.#askEveryMs);
    }
  }

  /** SIGKILL; resolves when the process is gone. False when it had ended by itself before. */
  async kill(): Promise<boolean> {
    const alive = this.running && this.#child.kill('SIGKILL');
    await this.#exited;
    return alive && this.#child.signalCode === 'SIGKILL';
  }

  /** SIGSTOP: its connections stay open and nothing answers. */
  freeze(): boolean {
    return this.running && this.#child.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child.kill('SIGCONT');
  }

  /** SIGTERM; the exit status. */
  async stop(): Promise<number | null> {
    this.#child.kill('SIGTERM');
    await this.#exited;
    return this.#child.exitCode;
  }
}

function isReady(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const asking = get({ host: '127.0.0.1', port, path: '/readyz', agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    asking.setTimeout(2_000, () => asking.destroy(new Error('no answer')));
    asking.on('error', () => resolve(false));
  });
}

/** A port that was free just now, to be taken again by every life. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
