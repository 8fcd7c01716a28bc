import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { until } from '../stream/until.ts';
import { startProgram } from './program.ts';

const launcher = join(import.meta.dirname, '../../src/cli/meshpulse.mjs');

/** What a running one says. */
export interface Asked {
  url: string;
  /** The JSON at a path of the API. */
  get<T>(path: string): Promise<T>;
  /** Value of each sample at `/metrics`, by its text: `name{label="…"}`. */
  metrics(): Promise<ReadonlyMap<string, number>>;
}

export interface Meshpulse extends Asked {
  /** SIGTERM, drain, and the exit status. */
  stop(): Promise<number | null>;
}

/** `meshpulse serve` as its users start it: a process of its own, a port and a data folder of its own. */
export async function startMeshpulse({
  config = {},
  env = {},
  token,
}: {
  config?: object;
  env?: Readonly<Record<string, string>>;
  /** For the API. */
  token?: string;
} = {}): Promise<Meshpulse> {
  const folder = mkdtempSync(join(tmpdir(), 'meshpulse-real-'));
  const file = join(folder, 'meshpulse.yaml');
  writeFileSync(file, stringify(config));
  const args = [launcher, 'serve', '--config', file, '--data', join(folder, 'data'), '--port', '0'];
  const program = startProgram(process.execPath, args, { cwd: folder, env });
  const listening = () => /listens on (http:\S+)/.exec(program.said())?.[1];
  await until('meshpulse listens', () => {
    if (!program.running()) throw new Error(`meshpulse ended: ${program.said()}`);
    return listening() !== undefined;
  });
  const url = listening()!;
  await until('meshpulse is ready', async () => (await fetch(`${url}/readyz`)).ok);

  return {
    ...asking(url, token),
    async stop() {
      const status = await program.stop();
      rmSync(folder, { recursive: true, force: true });
      if (status !== 0) console.error(program.said());
      return status;
    },
  };
}

export function asking(url: string, token?: string): Asked {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const ask = async (path: string) => {
    const response = await fetch(`${url}${path}`, { headers });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response;
  };
  return {
    url,
    get: async <T>(path: string) => (await (await ask(path)).json()) as T,
    metrics: async () => samples(await (await ask('/metrics')).text()),
  };
}

function samples(text: string): ReadonlyMap<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const space = line.lastIndexOf(' ');
      return [line.slice(0, space), Number(line.slice(space + 1))];
    }),
  );
}
