import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** Kept of what it says. */
const KEPT = 64 * 1024;
const LAST_LINES = 10;
const LEAVES_WITHIN_MS = 5_000;

export interface ChildOptions {
  /** As people know it. */
  name: string;
  path: string;
  args: readonly string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** Told of all it says. */
  heard?(text: string): void;
}

/**
 * A program that the demo runs. It has a process group of its own, so that Ctrl-C reaches the demo alone, which ends
 * all in order; and it never outlives the demo's own exit.
 */
export class Child {
  readonly #child: ChildProcess;
  readonly #ended: Promise<{ well: boolean; why: string }>;
  #text = '';
  #heard = () => {};
  #asked = false;
  #gone = false;

  constructor({ name, path, args, cwd, env, heard }: ChildOptions) {
    this.#child = spawn(path, args, {
      cwd,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const output of [this.#child.stdout!, this.#child.stderr!]) {
      output.setEncoding('utf8').on('data', (part: string) => {
        this.#text = (this.#text + part).slice(-KEPT);
        heard?.(part);
        this.#heard();
      });
    }
    const kill = () => this.#signal('SIGKILL');
    // Before the folder goes that they write into.
    process.prependOnceListener('exit', kill);
    this.#ended = once(this.#child, 'close').then(
      ([status, signal]) => ({
        well: status === 0,
        why: `${name} ended (${signal ?? `status ${status}`})${this.#lastWords()}`,
      }),
      (error: Error) => ({ well: false, why: `${name} did not start: ${error.message}` }),
    );
    void this.#ended.then(() => {
      this.#gone = true;
      process.removeListener('exit', kill);
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Calls back when it ends and nobody had asked it to. */
  watch(ended: (error: Error) => void): this {
    void this.#ended.then(({ why }) => {
      if (!this.#asked) ended(new Error(why));
    });
    return this;
  }

  /** What the first group of the pattern matches, once it has said so. @throws when it ends before, or on the signal */
  async says(pattern: RegExp, signal: AbortSignal): Promise<string> {
    const said = Promise.withResolvers<string>();
    this.#heard = () => {
      const found = pattern.exec(this.#text);
      if (found !== null) said.resolve(found[1] ?? found[0]);
    };
    this.#heard();
    const over = this.#ended.then(({ why }) => Promise.reject(new Error(why)));
    try {
      return await Promise.race([said.promise, over, aborted(signal)]);
    } finally {
      this.#heard = () => {};
    }
  }

  /** Resolves when it has ended well. @throws when it has not, or on the signal, which kills it */
  async finishes(signal: AbortSignal): Promise<void> {
    try {
      const { well, why } = await Promise.race([this.#ended, aborted(signal)]);
      if (!well) throw new Error(why);
    } finally {
      await this.kill();
    }
  }

  /** Resolves when it is gone. */
  async kill(): Promise<void> {
    this.#asked = true;
    this.#signal('SIGKILL');
    await this.#ended;
  }

  /** Lets it finish, for some seconds. */
  async stop(): Promise<void> {
    this.#asked = true;
    this.#signal('SIGTERM');
    const late = setTimeout(() => this.#signal('SIGKILL'), LEAVES_WITHIN_MS);
    await this.#ended;
    clearTimeout(late);
  }

  /** To its group: an installer has children. */
  #signal(signal: NodeJS.Signals): void {
    const { pid } = this.#child;
    if (pid === undefined || this.#gone) return;
    try {
      process.kill(-pid, signal);
    } catch {
      // It has just gone.
    }
  }

  #lastWords(): string {
    const words = this.#text.trim().split('\n').slice(-LAST_LINES).join('\n');
    return words === '' ? '' : `, having said:\n${words}`;
  }
}

async function aborted(signal: AbortSignal): Promise<never> {
  if (!signal.aborted) await once(signal, 'abort');
  throw signal.reason;
}
