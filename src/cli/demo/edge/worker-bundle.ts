import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const ROOT = join(import.meta.dirname, '../../../..');
const require = createRequire(import.meta.url);

/** Bundles the Worker as a deployment would, by wrangler.toml. Resolves to the script's path. */
export async function bundleWorker(folder: string): Promise<string> {
  const wrangler = join(dirname(require.resolve('wrangler/package.json')), 'bin/wrangler.js');
  const child = spawn(process.execPath, [wrangler, 'deploy', '--dry-run', '--outdir', folder], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false', CI: 'true' },
  });
  let said = '';
  for (const out of [child.stdout, child.stderr]) {
    out.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`the Worker cannot be bundled:\n${said}`);
  return join(folder, 'worker.js');
}

/** Cloudflare's runtime, of the version that wrangler comes with. */
export function workerdBinary(): string {
  const ofWrangler = createRequire(require.resolve('wrangler/package.json'));
  const { default: path } = ofWrangler('workerd') as { default: string };
  return path;
}
