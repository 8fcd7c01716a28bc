import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);

/** Paths of what bundles a Worker and of Cloudflare's runtime. */
export interface EdgePrograms {
  wrangler: string;
  workerd: string;
}

/** @param resolve as `require.resolve` @throws with what is missing and how to get it */
export function edgePrograms(resolve = require.resolve): EdgePrograms {
  try {
    const wrangler = resolve('wrangler/package.json');
    // Of the version that wrangler comes with. It exports the path of the program for this machine, and throws for others.
    const { default: workerd } = createRequire(wrangler)('workerd') as { default: string };
    return { wrangler: join(dirname(wrangler), 'bin/wrangler.js'), workerd };
  } catch (cause) {
    throw new Error(MISSING, { cause });
  }
}

const MISSING =
  'demo --edge needs wrangler and workerd, which are not installed, or not for this kind of machine; ' +
  'in a clone, npm ci brings them unless it is told --omit=dev. npm run demo needs none of this.';
