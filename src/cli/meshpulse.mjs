#!/usr/bin/env node
// The launcher: plain JavaScript that any Node since 18 can read. Meshpulse itself is TypeScript run by Node 24;
// where an older Node starts us, the one that npm installed beside us takes over.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const NEEDED = 24;

const major = (version) => Number.parseInt(version.replace(/^v/, ''), 10);

if (major(process.version) >= NEEDED) await runHere();
else runWith(installedNode());

async function runHere() {
  // node:sqlite is experimental by label; the warning would stand above everything we print.
  const { emitWarning } = process;
  process.emitWarning = (warning, ...rest) => {
    const type = typeof rest[0] === 'object' ? rest[0]?.type : rest[0];
    if ((warning?.name ?? type) === 'ExperimentalWarning' || type === 'ExperimentalWarning') return;
    emitWarning.call(process, warning, ...rest);
  };
  const { run } = await import('./main.ts');
  await run(process.argv.slice(2));
}

/** Path of the Node 24 that npm installed as one of our optional dependencies, wherever it was hoisted to. */
function installedNode() {
  const require = createRequire(import.meta.url);
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  for (const name of [`node-${platform}-${process.arch}`, `node-bin-${platform}-${process.arch}`]) {
    try {
      const file = require.resolve(`${name}/package.json`);
      const { version, bin } = JSON.parse(readFileSync(file, 'utf8'));
      const path = typeof bin === 'string' ? bin : bin?.node;
      if (major(version) >= NEEDED && path) return join(dirname(file), path);
    } catch {
      // Not installed under this name.
    }
  }
  return null;
}

function runWith(node) {
  if (node === null) return fail('none was installed with it');
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => child.kill(signal));
  }
  child.on('error', (error) => fail(`the one installed with it does not start (${error.message})`));
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (constants.signals[signal] ?? 1);
  });
}

function fail(why) {
  process.stderr.write(
    `meshpulse needs Node ${NEEDED} or newer: this is ${process.version}, and ${why}.\n` +
      `Install Node ${NEEDED} (https://nodejs.org), or run "npm ci --include=optional" in the folder of meshpulse.\n`,
  );
  process.exitCode = 1;
}
