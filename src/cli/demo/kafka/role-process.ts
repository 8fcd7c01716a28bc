import { join } from 'node:path';
import type { Role } from '../../../config/config.ts';
import { polled } from '../polled.ts';
import { Child } from './child.ts';

const PROGRAM = join(import.meta.dirname, '../../meshpulse.mjs');

export interface RoleOptions {
  /** The configuration file that all share. */
  file: string;
  /** Temporary: they work in it, and its `data` is theirs. */
  folder: string;
  env: NodeJS.ProcessEnv;
  /** 0 takes a free one. */
  portOf(role: Role): number;
  /** One has ended, and nobody had asked it to. */
  onEnded(error: Error): void;
  /** Gives up. */
  signal: AbortSignal;
}

/** `meshpulse serve` of one role, as its users start it. */
export class RoleProcess {
  readonly url: string;
  readonly #child: Child;

  private constructor(url: string, child: Child) {
    this.url = url;
    this.#child = child;
  }

  /** Resolves once it is ready, however long that takes. */
  static async start(role: Role, options: RoleOptions): Promise<RoleProcess> {
    const { file, folder, env, signal } = options;
    const flags = { config: file, roles: role, port: options.portOf(role), data: 'data' };
    const child = new Child({
      name: `the ${role} process`,
      path: process.execPath,
      args: [
        PROGRAM,
        'serve',
        ...Object.entries(flags).flatMap(([key, v]) => [`--${key}`, `${v}`]),
      ],
      cwd: folder,
      env,
    });
    try {
      const url = await child.says(/listens on (http:\S+)/, signal);
      child.watch(options.onEnded);
      await polled(async () => (await fetch(`${url}/readyz`, { signal })).ok, signal);
      return new RoleProcess(url, child);
    } catch (error) {
      await child.kill();
      throw error;
    }
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Without a warning to it. */
  kill(): Promise<void> {
    return this.#child.kill();
  }

  /** Lets it finish, for some seconds. */
  stop(): Promise<void> {
    return this.#child.stop();
  }
}
