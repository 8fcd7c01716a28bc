import { join } from 'node:path';
import { Child } from '../kafka/child.ts';
import { edgePrograms } from './needs.ts';

const ROOT = join(import.meta.dirname, '../../../..');

/** Bundles the Worker as a deployment would, by wrangler.toml. Resolves to the script's path. */
export async function bundleWorker(
  folder: string,
  signal = new AbortController().signal,
): Promise<string> {
  const wrangler = new Child({
    name: 'wrangler',
    path: process.execPath,
    args: [edgePrograms().wrangler, 'deploy', '--dry-run', '--outdir', folder],
    cwd: ROOT,
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false', CI: 'true' },
  });
  await wrangler.finishes(signal);
  return join(folder, 'worker.js');
}
