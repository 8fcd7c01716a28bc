import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';

export interface Child {
  process: ChildProcess;
  /** The next line it printed; throws with what it said on stderr when it has ended instead. */
  line(): Promise<string>;
  /** Resolves to the signal or code that ended it. */
  ended: Promise<string | number | null>;
}

/** Runs a script of `test/stream/children`; killed when the test is over. */
export function child(script: string, ...args: string[]): Child {
  const path = `${import.meta.dirname}/../children/${script}`;
  const started = spawn(process.execPath, [path, ...args], { stdio: 'pipe' });
  onTestFinished(() => {
    started.kill('SIGKILL');
  });
  let errors = '';
  started.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  const lines = createInterface({ input: started.stdout })[Symbol.asyncIterator]();
  return {
    process: started,
    line: async () => {
      const { value, done } = await lines.next();
      if (done) throw new Error(`${script} ended: ${errors}`);
      return value;
    },
    ended: once(started, 'exit').then(([code, signal]) => signal ?? code),
  };
}
