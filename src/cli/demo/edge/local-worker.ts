import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Child } from '../kafka/child.ts';
import { polled } from '../polled.ts';
import { edgePrograms } from './needs.ts';

export interface LocalWorkerOptions {
  /** As {@link bundleWorker} makes it. */
  script: string;
  /** Keeps the outboxes. */
  folder: string;
  port: number;
  /** Variables and secrets. */
  settings: Readonly<Record<string, string>>;
  /** What JavaScript may take, MiB; it ends when it needs more. */
  heapMiB?: number;
  /** A certificate, in PEM, that brokers' own may be signed with. */
  ca?: string;
  /** It has ended, and nobody had asked it to. */
  onEnded?(error: Error): void;
}

/** The Worker in Cloudflare's own runtime on this machine, in one process after another over the same outboxes. */
export class LocalWorker {
  readonly #options: LocalWorkerOptions;
  #child: Child | null = null;
  #log = '';

  constructor(options: LocalWorkerOptions) {
    this.#options = options;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#options.port}`;
  }

  get pid(): number {
    if (this.#child === null) throw new Error('the Worker does not run');
    return this.#child.pid;
  }

  /** What it has said, with what it said in lives before. */
  get log(): string {
    return this.#log;
  }

  /** Resolves when it answers. */
  async start(signal?: AbortSignal): Promise<void> {
    const { folder, onEnded } = this.#options;
    mkdirSync(join(folder, 'outboxes'), { recursive: true });
    const config = join(folder, 'workerd.capnp');
    writeFileSync(config, configOf(this.#options));
    const child = new Child({
      name: 'workerd',
      path: edgePrograms().workerd,
      args: ['serve', config, '--experimental', '-I/'],
      cwd: folder,
      env: process.env,
      heard: (text) => {
        this.#log = (this.#log + text).slice(-LOG_CHARACTERS);
      },
    });
    const failing = new AbortController();
    child.watch((error) => {
      failing.abort(error);
      onEnded?.(error);
    });
    this.#child = child;
    const late = AbortSignal.timeout(START_MS);
    const enough = AbortSignal.any([failing.signal, late, ...(signal ? [signal] : [])]);
    try {
      await polled(() => this.#answers(), enough);
    } catch (error) {
      await this.kill();
      if (late.aborted) throw new Error(`workerd does not answer:\n${this.#log}`);
      throw failing.signal.aborted ? failing.signal.reason : error;
    }
  }

  /** As a power cut would. */
  async kill(): Promise<void> {
    await this.#take()?.kill();
  }

  async stop(): Promise<void> {
    await this.#take()?.stop();
  }

  #take(): Child | null {
    const child = this.#child;
    this.#child = null;
    return child;
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
function configOf({ script, folder, port, settings, heapMiB, ca }: LocalWorkerOptions): string {
  const texts = Object.entries(settings).map(
    ([name, text]) => `(name = ${quoted(name)}, text = ${quoted(text)})`,
  );
  const trusted = ca === undefined ? '' : `, tlsOptions = (trustedCertificates = [${quoted(ca)}])`;
  const flags = heapMiB === undefined ? [] : [quoted(`--max-heap-size=${heapMiB}`)];
  const bindings = ['(name = "LANE", durableObjectNamespace = "Lane")', ...texts];
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  v8Flags = [${flags.join()}],
  services = [
    (name = "receive", worker = .receive),
    (name = "internet", network = (allow = ["public", "private"]${trusted})),
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
