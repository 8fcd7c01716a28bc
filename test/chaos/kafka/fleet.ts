import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from '../../kafka/ports.ts';
import { Server } from '../server.ts';

export const ROLES = ['receive', 'aggregate', 'api', 'notify'] as const;
export type Role = (typeof ROLES)[number];
export type MemberName = `${Role}-${1 | 2}`;
export const MEMBERS = ROLES.flatMap((role): MemberName[] => [`${role}-1`, `${role}-2`]);

export interface FleetOptions {
  folder: string;
  /** By process: each has a Slack of its own, so that messages say who sent them. */
  env(name: MemberName): Readonly<Record<string, string>>;
}

/** A process that ended and nobody had ended it. */
export interface OwnEnd {
  name: MemberName;
  at: number;
  how: string;
  wasReady: boolean;
}

const LOOK_EVERY_MS = 200;
/** A supervisor waits a little before it starts what has just ended. */
const START_AGAIN_MS = 1_000;

/** Two processes of every role, one life after the other, each started again when it ends by itself. */
export class Fleet {
  readonly ownEnds: OwnEnd[] = [];
  /** Exit statuses of those that were asked to stop. */
  readonly exits: { name: MemberName; status: number | null }[] = [];
  readonly #options: FleetOptions;
  readonly #ports: ReadonlyMap<MemberName, number>;
  readonly #current = new Map<MemberName, Server>();
  readonly #lives = new Map<MemberName, number>();
  /** Those that are down on purpose. */
  readonly #down = new Set<MemberName>(MEMBERS);
  readonly #over = new AbortController();
  #looking: Promise<void> = Promise.resolve();

  private constructor(options: FleetOptions, ports: readonly number[]) {
    this.#options = options;
    this.#ports = new Map(MEMBERS.map((name, index) => [name, ports[index]!]));
  }

  static async create(options: FleetOptions): Promise<Fleet> {
    // Each process is killed with this one.
    process.setMaxListeners(2 * MEMBERS.length);
    const fleet = new Fleet(options, await freePorts(MEMBERS.length));
    fleet.#looking = fleet.#lookAfterAll();
    return fleet;
  }

  port(name: MemberName): number {
    return this.#ports.get(name)!;
  }

  portsOf(role: Role): number[] {
    return [this.port(`${role}-1`), this.port(`${role}-2`)];
  }

  /** Counts its processes; changes whenever one is started. */
  life(name: MemberName): number {
    return this.#lives.get(name) ?? 0;
  }

  isUp(name: MemberName): boolean {
    return !this.#down.has(name) && (this.#current.get(name)?.running ?? false);
  }

  isReady(name: MemberName): boolean {
    return this.isUp(name) && this.#current.get(name)!.readyAt !== null;
  }

  /** Unless it is up. */
  start(name: MemberName): void {
    if (this.isUp(name)) return;
    this.#down.delete(name);
    const { folder, env } = this.#options;
    this.#lives.set(name, this.life(name) + 1);
    const server = new Server({
      folder,
      port: this.port(name),
      args: ['--roles', name.split('-')[0]!],
      log: `${name}.log`,
      askEveryMs: 100,
      env: env(name),
    });
    this.#current.set(name, server);
    // Whoever waits for it hears of it too; somebody must watch, or it never says when it was ready.
    server.ready().catch(() => {});
  }

  /** SIGKILL; stays down until it is started. */
  async kill(name: MemberName): Promise<void> {
    this.#down.add(name);
    await this.#current.get(name)?.kill();
  }

  freeze(name: MemberName): void {
    this.#current.get(name)?.freeze();
  }

  thaw(name: MemberName): void {
    this.#current.get(name)?.thaw();
  }

  /** SIGTERM. */
  async stop(name: MemberName): Promise<void> {
    this.#down.add(name);
    const server = this.#current.get(name);
    if (server === undefined || !server.running) return;
    this.exits.push({ name, status: await server.stop() });
  }

  /** Resolves when these are ready, but for those that are to be down; rejects when one is not in time. */
  async ready(names: readonly MemberName[] = MEMBERS): Promise<void> {
    const late = performance.now() + READY_WITHIN_MS;
    for (const name of names) {
      while (this.isUp(name) ? this.#current.get(name)!.readyAt === null : !this.#down.has(name)) {
        if (performance.now() > late) throw new Error(`${name} is not ready; see ${name}.log`);
        await sleep(50);
      }
    }
  }

  async killAll(): Promise<void> {
    await Promise.all(MEMBERS.map((name) => this.kill(name)));
  }

  async end(): Promise<void> {
    this.#over.abort();
    await this.#looking;
    await this.killAll();
  }

  async #lookAfterAll(): Promise<void> {
    while (!this.#over.signal.aborted) {
      for (const name of MEMBERS) {
        const server = this.#current.get(name);
        if (this.#down.has(name) || server === undefined || server.running) continue;
        this.ownEnds.push({
          name,
          at: Date.now(),
          how: server.end,
          wasReady: server.readyAt !== null,
        });
        this.#down.add(name);
        setTimeout(() => {
          if (this.#down.has(name) && !this.#over.signal.aborted) this.start(name);
        }, START_AGAIN_MS).unref();
      }
      await sleep(LOOK_EVERY_MS);
    }
  }
}

const READY_WITHIN_MS = 120_000;
