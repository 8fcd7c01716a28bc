import { setTimeout as sleep } from 'node:timers/promises';
import { DEFAULT_BOUNDS } from '../../src/aggregate/directory.ts';
import { startAggregate } from '../../src/aggregate/runner.ts';
import { DEFAULT_POLICY } from '../../src/model/policy.ts';
import { SqliteStream } from '../../src/stream/sqlite/sqlite-stream.ts';
import { noLog } from '../../src/telemetry/log.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';
import { meshOf } from '../load/mesh.ts';
import { FoldWatch } from './fold-watch.ts';
import { EVENTS_A_BODY, Traffic } from './traffic.ts';

/** What this process is asked for, as JSON in its first argument. */
export interface Filling {
  /** The data folder; new. */
  data: string;
  services: number;
  dependencies: number;
  /** Events a second. */
  rate: number;
  ms: number;
}

/** What it says before it waits to be killed. */
export interface Filled {
  /** The stream's clock. */
  now: number;
}

/** One step of the stream's clock. */
const STEP_MS = 100;
/** Steps at the end that are not waited for: a crash finds records that are not folded yet. */
const UNFOLDED_STEPS = 2;

// Whoever would kill this process is gone.
process.on('disconnect', () => process.exit(1));
if (import.meta.main) await fill(JSON.parse(process.argv[2]!) as Filling);

/**
 * Writes so long a stream, faster than time, with the real aggregate at work on a clock that runs with it; then says so
 * and waits to be killed.
 */
async function fill({ data, services, dependencies, rate, ms }: Filling): Promise<void> {
  let now = Date.now() - ms;
  const end = now + ms;
  const clock = () => now;
  const stream = await SqliteStream.open({ folder: data, clock, log: noLog });
  const watch = new FoldWatch(stream);
  await startAggregate({
    source: watch.source,
    sink: stream,
    policy: DEFAULT_POLICY,
    bounds: DEFAULT_BOUNDS,
    random: Math.random,
    clock,
    timers: { sleep: async (forMs) => void (await sleep(forMs)) },
    metrics: new Metrics(),
    log: noLog,
    onFailed: (error) => {
      throw error;
    },
  });
  // Its policy comes first, where nothing was served from the folder before.
  if ((await stream.range('requests', 0)).end === 0) await watch.reached(1);
  const traffic = new Traffic(meshOf(services, dependencies));
  let due = 0;
  const step = async () => {
    now += STEP_MS;
    due += (rate * STEP_MS) / 1_000 / EVENTS_A_BODY;
    const bodies = Array.from({ length: Math.floor(due) }, () => traffic.next(now));
    due -= bodies.length;
    const appended = await Promise.all(bodies.map((body) => stream.append([body])));
    return (appended.at(-1)?.[0]?.offset ?? -1) + 1;
  };
  while (now < end) await watch.reached(await step());
  for (let i = 0; i < UNFOLDED_STEPS; i++) await step();
  process.send?.({ now } satisfies Filled);
}
