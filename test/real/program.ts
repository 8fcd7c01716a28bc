import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Program {
  /** All it has written so far, to either output. */
  said(): string;
  running(): boolean;
  /** Asks it to end and waits; the exit status, or null after a signal. Kills it when it takes over 20 s. */
  stop(): Promise<number | null>;
}

/** Starts a program in a folder. It dies with this process: real Envoys ask for that, the others are killed. */
export function startProgram(
  path: string,
  args: readonly string[],
  { cwd, env = {} }: { cwd: string; env?: Readonly<Record<string, string>> },
): Program {
  const child = spawn(path, args, {
    cwd,
    env: { PATH: process.env.PATH, HOME: cwd, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const output of [child.stdout, child.stderr]) {
    output.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
  }
  const ended = once(child, 'close') as Promise<[number | null]>;
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  return {
    said: () => text,
    running: () => isRunning(child),
    async stop() {
      if (isRunning(child)) child.kill('SIGTERM');
      const late = setTimeout(kill, 20_000);
      const [status] = await ended;
      clearTimeout(late);
      process.removeListener('exit', kill);
      return status;
    },
  };
}

function isRunning({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}
