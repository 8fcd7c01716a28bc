import type { Role } from '../../../config/config.ts';
import { polled } from '../polled.ts';
import { BROKEN } from '../story.ts';
import { type RoleOptions, RoleProcess } from './role-process.ts';

/** One process for each role. */
export class RoleProcesses {
  readonly #roles: readonly Role[];
  readonly #options: RoleOptions;
  readonly #running = new Map<Role, RoleProcess>();

  constructor(roles: readonly Role[], options: RoleOptions) {
    this.#roles = roles;
    this.#options = options;
  }

  /** When one cannot start, those that have not started yet are ended too. */
  async startAll(): Promise<void> {
    const failing = new AbortController();
    const signal = AbortSignal.any([this.#options.signal, failing.signal]);
    const start = (role: Role) =>
      this.#start(role, signal).catch((error: unknown) => failing.abort(error));
    await Promise.all(this.#roles.map(start));
    failing.signal.throwIfAborted();
  }

  urlOf(role: Role): string {
    return this.#get(role).url;
  }

  lines(): string[] {
    return this.#roles.map((role) => {
      const { pid, url } = this.#get(role);
      return `${role.padStart(12)}  pid ${pid}  ${url}`;
    });
  }

  /** See {@link Processes.replaceAggregate}. */
  async replaceAggregate(say: (text: string) => void): Promise<void> {
    const old = this.#get('aggregate');
    await old.kill();
    const killedAt = Date.now();
    say(`\nThe aggregate process, pid ${old.pid}, is killed with -9; another one is started.`);
    const { pid } = await this.#start('aggregate', this.#options.signal);
    // What is seen there comes from the new one only.
    await polled(async () => (await this.#knownUpTo()) > killedAt, this.#options.signal);
    const seconds = ((Date.now() - killedAt) / 1000).toFixed(1);
    say(`After ${seconds} s pid ${pid} goes on where the killed one was.`);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#running.values()].map((role) => role.stop()));
  }

  async #knownUpTo(): Promise<number> {
    const { signal } = this.#options;
    const answer = await fetch(`${this.urlOf('api')}/api/v1/services/${BROKEN}.bookshop`, {
      signal,
    });
    const { as_of } = (await answer.json()) as { as_of: string };
    return Date.parse(as_of);
  }

  async #start(role: Role, signal: AbortSignal): Promise<RoleProcess> {
    const started = await RoleProcess.start(role, { ...this.#options, signal });
    this.#running.set(role, started);
    return started;
  }

  #get(role: Role): RoleProcess {
    const found = this.#running.get(role);
    if (found === undefined) throw new Error(`the ${role} process does not run`);
    return found;
  }
}
