import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type Image, machineEnv } from './image.ts';

export interface Container {
  child: ChildProcess;
  /** All it has written so far, to either output. */
  said(): string;
  ended: Promise<number | null>;
}

/** Starts an image's entrypoint with arguments after its own; as its user, where this process may. */
export function startContainer(
  { entrypoint, cmd, env, user, workdir }: Image,
  args: readonly string[],
  settings: Readonly<Record<string, string>> = {},
): Container {
  const [node = '', ...argv] = [...entrypoint, ...cmd, ...args];
  const [uid, gid = uid] = user.split(':').map(Number);
  const child = spawn(node, argv, {
    cwd: workdir,
    env: { ...machineEnv(), HOME: '/nowhere', ...env, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(process.getuid?.() === 0 && { uid, gid }),
  });
  let text = '';
  for (const output of [child.stdout, child.stderr]) {
    output.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
  }
  const ended = once(child, 'close').then(([status]) => status as number | null);
  return { child, said: () => text, ended };
}
