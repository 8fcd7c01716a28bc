import { enableCompileCache, flushCompileCache } from 'node:module';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pc from 'picocolors';
import { effectiveConfig } from '../config/effective.ts';
import { type LoadedConfig, readConfig } from '../config/load.ts';
import { ConfigError } from '../config/problems.ts';
import { lineWriter } from '../telemetry/stderr.ts';
import { type CommandFlags, parseArguments } from './arguments.ts';
import { help } from './help.ts';
import { EXIT, type Io } from './io.ts';
import { processSignals } from './signals.ts';
import { VERSION } from './version.ts';

/** What the launcher calls: runs the command and leaves its exit status behind. */
export async function run(argv: readonly string[]): Promise<void> {
  const debug = argv.includes('--debug');
  const io = processIo();
  const last = (error: unknown) => {
    io.err(`meshpulse: ${error instanceof Error ? error.message : String(error)}\n`);
    if (debug && error instanceof Error) io.err(`${error.stack}\n`);
    else io.err('This is a fault of meshpulse; --debug shows where.\n');
    process.exit(EXIT.failed);
  };
  process.on('uncaughtException', last);
  process.on('unhandledRejection', last);
  process.exitCode = await main(argv, io);
  // What is printed has a second to leave; then open sockets (of the trace exporter) hold nothing up.
  setTimeout(() => process.exit(), 1000).unref();
}

/** Returns the exit status. */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  const parsed = parseArguments(argv);
  if (parsed.command === null) {
    io.err(`meshpulse: ${parsed.problem}\n`);
    return EXIT.wrongUse;
  }
  switch (parsed.command) {
    case 'help':
      io.out(help(parsed.about));
      return EXIT.ok;
    case 'version':
      io.out(`${VERSION}\n`);
      return EXIT.ok;
    case 'demo': {
      const { demo } = await import('./demo/demo.ts');
      return demo(parsed.rest);
    }
    case 'check': {
      const loaded = load(parsed.flags, io);
      if (loaded === null) return EXIT.wrongUse;
      io.out(effectiveConfig(loaded));
      return EXIT.ok;
    }
    case 'topics': {
      const loaded = load(parsed.flags, io);
      if (loaded === null) return EXIT.wrongUse;
      const { topics } = await import('./topics/topics.ts');
      const { create = false, debug = false } = parsed.flags;
      return topics({ config: loaded.config, create, given: argv, io, debug });
    }
    case 'serve': {
      const loaded = load(parsed.flags, io);
      if (loaded === null) return EXIT.wrongUse;
      // A restart after a crash is waited for. In the data folder nobody else can plant code.
      enableCompileCache(join(loaded.config.data, 'compile-cache'));
      // Only here, so that check and help start at once.
      const [{ serve }, { startMeshpulse }] = await Promise.all([
        import('./serve.ts'),
        import('./wire.ts'),
      ]);
      return serve({
        config: loaded.config,
        async start(config, options) {
          const running = await startMeshpulse(config, options);
          // By itself it is written at the end, which a killed process does not come to.
          flushCompileCache();
          return running;
        },
        io,
        signals: processSignals,
        clock: Date.now,
        timers: { sleep: (ms, signal) => sleep(ms, undefined, signal ? { signal } : {}) },
        debug: parsed.flags.debug ?? false,
      });
    }
  }
}

function load(
  { config, create: _create, debug: _, ...flags }: CommandFlags,
  io: Io,
): LoadedConfig | null {
  try {
    const path = config === undefined ? {} : { path: config };
    return readConfig({ ...path, flags, env: io.env, cwd: io.cwd });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    io.err(`${error.problems.join('\n')}\n`);
    return null;
  }
}

function processIo(): Io {
  // A reader that went away must not end the process with a stack trace.
  process.stdout.on('error', () => {});
  return {
    out: (text) => void process.stdout.write(text),
    err: lineWriter(process.stderr),
    env: process.env,
    cwd: process.cwd(),
    colors: pc.isColorSupported && process.stdout.isTTY === true,
    errIsTerminal: process.stderr.isTTY === true,
  };
}
