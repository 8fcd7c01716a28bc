import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { accepts } from './ports.ts';
import type { NodePorts } from './settings.ts';

const READY_WITHIN_MS = 60_000;
const STOPPED_WITHIN_MS = 20_000;
const LOG = ['-Dorg.slf4j.simpleLogger.defaultLogLevel=warn'];

export interface NodeOptions {
  launcher: string;
  /** With its `server.properties`; data and log come into it. */
  folder: string;
  id: number;
  ports: NodePorts;
}

/** One Kafka broker and controller, in one process after another on the same data. */
export class KafkaNode {
  readonly id: number;
  readonly ports: NodePorts;
  readonly #launcher: string;
  readonly #folder: string;
  #child: ChildProcess | null = null;
  #frozen = false;

  constructor({ launcher, folder, id, ports }: NodeOptions) {
    this.id = id;
    this.ports = ports;
    this.#launcher = launcher;
    this.#folder = folder;
  }

  /** Of the listener without security. */
  get address(): string {
    return `127.0.0.1:${this.ports.PLAINTEXT}`;
  }

  get running(): boolean {
    return this.#child !== null && !hasEnded(this.#child);
  }

  /** Runs and is not frozen. */
  get answers(): boolean {
    return this.running && !this.#frozen;
  }

  /** Of its last process. */
  get pid(): number {
    if (this.#child?.pid === undefined) throw new Error(`node ${this.id} was never started`);
    return this.#child.pid;
  }

  /** Once, before the first start. */
  async format(clusterId: string, users: readonly string[] = []): Promise<void> {
    const scram = users.flatMap((user) => ['--add-scram', user]);
    const tool = ['kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', 'server.properties'];
    const child = this.#run([...tool, ...scram]);
    await once(child, 'exit');
    if (child.exitCode !== 0) throw new Error(`node ${this.id} was not formatted: ${this.said()}`);
  }

  /** Resolves once it accepts clients. */
  async start(): Promise<void> {
    if (this.running) throw new Error(`node ${this.id} runs already`);
    const child = this.#run(['kafka.Kafka', 'server.properties']);
    this.#child = child;
    this.#frozen = false;
    const killWithUs = () => child.kill('SIGKILL');
    process.once('exit', killWithUs);
    child.once('exit', () => process.removeListener('exit', killWithUs));
    const deadline = performance.now() + READY_WITHIN_MS;
    for (const port of Object.values(this.ports)) {
      while (!(await accepts(port))) {
        if (hasEnded(child)) throw new Error(`node ${this.id} ended: ${this.said()}`);
        if (performance.now() > deadline) throw new Error(`node ${this.id} accepts no clients`);
        await sleep(20);
      }
    }
  }

  /** SIGKILL; resolves when the process is gone. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** SIGTERM: hands its partitions over first, which needs the other nodes. Killed when it takes too long. */
  async stop(): Promise<void> {
    const late = setTimeout(() => this.#child?.kill('SIGKILL'), STOPPED_WITHIN_MS);
    await this.#end('SIGTERM');
    clearTimeout(late);
  }

  /** SIGSTOP: its connections stay open and nothing answers. */
  freeze(): void {
    this.#frozen = this.#child?.kill('SIGSTOP') ?? false;
  }

  thaw(): void {
    this.#child?.kill('SIGCONT');
    this.#frozen = false;
  }

  /** The end of its log. */
  said(): string {
    return readFileSync(join(this.#folder, 'kafka.log'), 'utf8').slice(-4_000);
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child === null || hasEnded(child)) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }

  #run(args: readonly string[]): ChildProcess {
    const log = openSync(join(this.#folder, 'kafka.log'), 'a');
    try {
      return spawn(this.#launcher, [...LOG, ...args], {
        cwd: this.#folder,
        env: { PATH: process.env.PATH, HOME: this.#folder },
        stdio: ['ignore', log, log],
      });
    } finally {
      closeSync(log);
    }
  }
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}
