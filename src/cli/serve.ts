import type { Config } from '../config/config.ts';
import type { Clock, Timers } from '../model/clock.ts';
import { createLogger } from '../telemetry/logger.ts';
import { Metrics } from '../telemetry/metrics.ts';
import { startTracing } from '../telemetry/tracing.ts';
import { banner } from './banner.ts';
import { failureLine } from './failure.ts';
import { EXIT, type Io } from './io.ts';
import type { Running, StartMeshpulse } from './running.ts';
import type { Signals } from './signals.ts';
import { VERSION } from './version.ts';

export interface ServeOptions {
  config: Config;
  start: StartMeshpulse;
  io: Io;
  signals: Signals;
  clock: Clock;
  timers: Timers;
  debug: boolean;
}

const DRAIN_MS = 10_000;
/** npm and the terminal both deliver one Ctrl-C: what comes this soon is the same signal. */
const SAME_SIGNAL_MS = 500;

/** Runs until a signal or a failure, then drains. Returns the exit status. */
export async function serve(options: ServeOptions): Promise<number> {
  const { config, start, io, clock } = options;
  const log = createLogger({
    level: options.debug ? 'debug' : config.telemetry.logLevel,
    format: logFormat(config, io),
    write: io.err,
    clock,
    colors: io.errIsTerminal && io.colors,
  });
  const metrics = new Metrics();
  const { otlpEndpoint, otlpHeaders, sampleRatio } = config.telemetry;
  const tracing = startTracing({
    endpoint: otlpEndpoint,
    headers: otlpHeaders,
    sampleRatio,
    version: VERSION,
    log,
    metrics,
  });
  const failed = Promise.withResolvers<{ error: unknown }>();
  const ending = watchSignals(options);
  const complain = (error: unknown) => {
    io.err(`meshpulse: ${failureLine(error, config)}\n`);
    if (options.debug && error instanceof Error) io.err(`${error.stack}\n`);
  };

  try {
    let running: Running;
    try {
      running = await start(config, {
        clock,
        log,
        metrics,
        version: VERSION,
        onFailed: (error) => failed.resolve({ error }),
      });
    } catch (error) {
      complain(error);
      return EXIT.failed;
    }
    io.out(banner(config, running.url, io.colors));
    log.info('listening', { url: running.url, roles: config.roles, data: config.data });

    const end = await Promise.race([ending.first, failed.promise]);
    if ('error' in end) complain(end.error);
    else log.info('stopping', { signal: end.signal });
    const drained = await drain(running, options, ending.second);
    if (drained.error !== undefined) complain(drained.error);
    log.info('stopped');
    return 'error' in end ? EXIT.failed : drained.status;
  } finally {
    ending.ignore();
    await tracing.shutdown();
  }
}

type Drained = { status: number; error?: unknown };

async function drain(
  running: Running,
  { timers }: ServeOptions,
  second: Promise<{ signal: NodeJS.Signals }>,
): Promise<Drained> {
  const enough = new AbortController();
  const late = new Error(`not everything was finished within ${DRAIN_MS / 1000} s`);
  const outcome = await Promise.race([
    running.stop().then(
      (): Drained => ({ status: EXIT.ok }),
      (error: unknown): Drained => ({ status: EXIT.failed, error }),
    ),
    timers.sleep(DRAIN_MS, enough.signal).then(
      (): Drained => ({ status: EXIT.failed, error: late }),
      () => new Promise<never>(() => {}),
    ),
    second.then((): Drained => ({ status: EXIT.failed, error: new Error('stopped at once') })),
  ]);
  enough.abort();
  return outcome;
}

/** The first signal asks for a drain, another one for an end at once. */
function watchSignals({ signals, clock }: ServeOptions) {
  const first = Promise.withResolvers<{ signal: NodeJS.Signals }>();
  const second = Promise.withResolvers<{ signal: NodeJS.Signals }>();
  let asked: number | null = null;
  const ignore = signals((signal) => {
    if (asked === null) {
      asked = clock();
      first.resolve({ signal });
    } else if (clock() - asked >= SAME_SIGNAL_MS) second.resolve({ signal });
  });
  return { first: first.promise, second: second.promise, ignore };
}

function logFormat({ telemetry }: Config, io: Io): 'json' | 'human' {
  if (telemetry.logFormat !== 'auto') return telemetry.logFormat;
  return io.errIsTerminal ? 'human' : 'json';
}
