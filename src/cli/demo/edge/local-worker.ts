import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { workerdBinary } from './worker-bundle.ts';

export interface LocalWorkerOptions {
  /** As {@link bundleWorker} makes it. */
  script: string;
  /** Keeps the outboxes. */
  folder: string;
  port: number;
  /** Variables and secrets. */
  settings: Readonly<Record<string, string>>;
}

/** The Worker in Cloudflare's own runtime on this machine, in one process after another over the same outboxes. */
export class LocalWorker {
  readonly #options: LocalWorkerOptions;
  #child: ChildProcess | null = null;
  #log = '';

  constructor(options: LocalWorkerOptions) {
    this.#options = options;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#options.port}`;
  }

  get pid(): number {
    if (this.#child?.pid === undefined) throw new Error('the Worker does not run');
    return this.#child.pid;
  }

  /** What it has said, with what it said in lives before. */
  get log(): string {
    return this.#log;
  }

  async start(signal?: AbortSignal): Promise<void> {
    const { folder } = this.#options;
    mkdirSync(join(folder, 'outboxes'), { recursive: true });
    const config = join(folder, 'workerd.capnp');
    writeFileSync(config, configOf(this.#options));
    const child = spawn(workerdBinary(), ['serve', config, '--experimental', '-I/'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    for (const out of [child.stdout, child.stderr]) {
      out.setEncoding('utf8').on('data', (text: string) => {
        this.#log = (this.#log + text).slice(-LOG_CHARACTERS);
      });
    }
    for (const began = Date.now(); ; await sleep(50, undefined, signal ? { signal } : {})) {
      if (child.exitCode !== null) throw new Error(`workerd has ended:\n${this.#log}`);
      if (await this.#answers()) return;
      if (Date.now() - began > START_MS) throw new Error(`workerd does not answer:\n${this.#log}`);
    }
  }

  /** As a power cut would. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }

  async #answers(): Promise<boolean> {
    try {
      return (await fetch(`${this.url}/healthz`)).ok;
    } catch {
      return false;
    }
  }
}

/** https://github.com/cloudflare/workerd/blob/main/src/workerd/server/workerd.capnp */
function configOf({ script, folder, port, settings }: LocalWorkerOptions): string {
  const texts = Object.entries(settings).map(
    ([name, text]) => `(name = ${quoted(name)}, text = ${quoted(text)})`,
  );
  const bindings = ['(name = "LANE", durableObjectNamespace = "Lane")', ...texts];
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "receive", worker = .receive),
    (name = "internet", network = (allow = ["public", "private"])),
    (name = "outboxes", disk = (path = ${quoted(join(folder, 'outboxes'))}, writable = true)),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "receive")],
);
const receive :Workerd.Worker = (
  modules = [(name = ${quoted(basename(script))}, esModule = embed ${quoted(join(dirname(script), basename(script)))})],
  compatibilityDate = "2026-10-01",
  compatibilityFlags = ["nodejs_compat"],
  durableObjectNamespaces = [(className = "Lane", uniqueKey = "meshpulse-lane", enableSql = true)],
  durableObjectStorage = (localDisk = "outboxes"),
  bindings = [${bindings.join(', ')}],
);
`;
}

const quoted = (text: string) => JSON.stringify(text);
const START_MS = 20_000;
const LOG_CHARACTERS = 1_000_000;
