import { fork } from 'node:child_process';
import { on } from 'node:events';
import { join } from 'node:path';
import { ServerUnderLoad } from './load/server.ts';
import type { SteadyJob, SteadyReport } from './load/steady-sender.ts';
import type { Options } from './options.ts';
import { type Sample, Sampler } from './soak/sample.ts';
import { header, quarters, row } from './soak/table.ts';

const RATE = 20_000;
const SERVICES = 2_000;
const CONNECTIONS = 64;
/** So small that the file comes to its bound in the first minutes; by default it would grow for a day. */
const CONFIG = `stream:
  retention:
    requests: { max_bytes: 32MiB }
    rollups: { max_bytes: 32MiB }
    changes: { max_bytes: 32MiB }
`;

interface Soaked {
  samples: Sample[];
  /** In posts answered 2xx. */
  events: number;
  /** Posts otherwise answered, or not at all, by why. */
  others: Record<string, number>;
}

/**
 * A real server under a fixed rate that does not wait for its answers, a minute or `--minutes`: heap, files, lag and
 * latency every ten seconds and by quarter, and what the last quarter is to the second. Throws unless every event
 * answered 2xx is counted once.
 */
export async function run(smoke: boolean, options: Options): Promise<void> {
  const services = options.services ?? (smoke ? 50 : SERVICES);
  const job = {
    services,
    dependencies: Math.round(2.5 * services),
    rate: options.rate ?? (smoke ? 1_000 : RATE),
    connections: CONNECTIONS,
    ms: smoke ? 2_000 : 60_000 * (options.minutes ?? 1),
    reportEveryMs: smoke ? 450 : 10_000,
  };
  const server = await ServerUnderLoad.start({ config: CONFIG });
  try {
    const { services, dependencies, rate, ms } = job;
    console.log(
      `${services} services, ${dependencies} dependencies, ${rate} events/s, ${ms / 1_000} s`,
    );
    const { samples, events, others } = await soak(server, { ...job, url: server.url });
    for (const line of server.complaints().slice(0, 20)) console.log(`server: ${line}`);
    console.log(`posts not answered 2xx: ${JSON.stringify(others)}`);
    await server.hasCounted(events);
    console.log(
      [`${events} events answered 2xx, all counted once`, ...quarters(samples)].join('\n'),
    );
  } finally {
    await server.stop();
  }
}

async function soak(server: ServerUnderLoad, job: SteadyJob): Promise<Soaked> {
  const sender = fork(join(import.meta.dirname, 'load/steady-sender.ts'), [JSON.stringify(job)]);
  const ended = new AbortController();
  sender.once('exit', () => ended.abort(new Error('the sender ended by itself')));
  const sampler = new Sampler(server);
  const samples: Sample[] = [];
  const others: Record<string, number> = {};
  let events = 0;
  let seconds = 0;
  console.log(header('s'));
  for await (const [message] of on(sender, 'message', { signal: ended.signal })) {
    const report = message as SteadyReport;
    events += report.events;
    for (const [what, count] of Object.entries(report.others)) {
      others[what] = (others[what] ?? 0) + count;
    }
    if (report.at === 'end') break;
    if (report.at === 'start') {
      await sampler.start(report);
      continue;
    }
    const sample = await sampler.take(report);
    seconds += sample.seconds;
    console.log(row(seconds.toFixed(0), [sample], samples.at(-1)));
    samples.push(sample);
  }
  return { samples, events, others };
}
