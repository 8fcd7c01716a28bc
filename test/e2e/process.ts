import { type Launched, launch } from '../cli/launching.ts';
import { until } from '../stream/until.ts';
import { Client } from './client.ts';

export interface ServerProcess extends Client {
  /** Sends the signal; resolves with the exit status, null when the signal ended it. */
  end(signal: NodeJS.Signals): Promise<number | null>;
  said: Launched['said'];
}

/** `meshpulse serve` in a process of its own, on a free port. Resolves when it is ready. */
export async function startProcess(folder: string): Promise<ServerProcess> {
  const { child, said, ended } = launch(['serve', '--port', '0', '--data', folder]);
  let over = false;
  child.once('close', () => {
    over = true;
  });
  const listening = () => /listens on (\S+)/.exec(said.out)?.[1];
  try {
    await until('the server listens', () => {
      if (over) throw new Error(`it ended: ${said.err}`);
      return listening() !== undefined;
    });
    const client = new Client(listening()!);
    await until('the server is ready', async () => (await client.ask('/readyz')).ok);
    return Object.assign(client, {
      said,
      end(signal: NodeJS.Signals) {
        child.kill(signal);
        return ended;
      },
    });
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}
