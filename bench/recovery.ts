import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Evidence } from '../test/chaos/evidence.ts';
import { total } from './load/samples.ts';
import { newFolder, ServerUnderLoad, until } from './load/server.ts';
import { seeded } from './measure.ts';
import type { Options } from './options.ts';
import type { Filled, Filling } from './recovery/fill.ts';
import { type Answer, compareWithUndisturbed } from './recovery/undisturbed.ts';

const MESHES = [
  { services: 50, dependencies: 150 },
  { services: 2_000, dependencies: 5_000 },
];
const RATES = [1_000, 5_000, 20_000];
/** More than a restart asks for: the horizon, the minute it begins in, and as much again. */
const MINUTES = 12;
const PATIENCE_MS = 600_000;

/**
 * Recovery after kill -9: from the start of the new process until /readyz is ok, against the rate of the stream, and
 * where the time goes by the server's own log. A process that fills a data folder with minutes of stream and folds them
 * is killed at a random moment; `meshpulse serve` goes on. Throws unless what the API then says, and all that is
 * published, equal a fold that nothing disturbed. Required: at most 5 s at 20 000 events/s.
 */
export async function run(smoke: boolean, { minutes, rate, services }: Options): Promise<void> {
  const random = seeded(Date.now());
  const meshes = services === null ? MESHES : MESHES.filter((mesh) => mesh.services === services);
  const rates = rate === null ? RATES : [rate];
  const runs = smoke
    ? [{ services: 20, dependencies: 40, rate: 2_000 }]
    : meshes.flatMap((mesh) => rates.map((rate) => ({ ...mesh, rate })));
  if (runs.length === 0) throw new Error(`--services: ${MESHES.map((mesh) => mesh.services)}`);
  const summary: string[] = [];
  for (const one of runs) {
    const folder = newFolder();
    try {
      const filling = {
        ...one,
        data: join(folder, 'data'),
        // The last checkpoint is then anything up to ten seconds back.
        ms: (smoke ? 15_000 : 60_000 * (minutes ?? MINUTES)) + Math.floor(random() * 10_000),
      };
      const ready = (await recover(folder, filling)) / 1_000;
      summary.push(`${one.rate} events/s, ${one.services} services: ${ready.toFixed(1)} s`);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  if (summary.length > 1) console.log(['recovered in', ...summary].join('\n  '));
}

/** Resolves to the ms from the start of the process until it is ready. */
async function recover(folder: string, filling: Filling): Promise<number> {
  const start = performance.now();
  await serveOnce(folder, filling);
  const { now } = await fillAndKill(filling);
  const filledMs = performance.now() - start;
  // As if the process had been started again at once, however long the filling took.
  const clockBehindMs = Date.now() - now;
  const server = await ServerUnderLoad.start({ folder, clockBehindMs, patienceMs: PATIENCE_MS });
  report(filling, filledMs, server);
  let atReady: Answer[];
  let later: Answer[];
  let metrics: string;
  try {
    atReady = await answersOf(server);
    later = await republished(server, atReady);
    metrics = await server.metrics();
  } finally {
    await server.stop();
  }
  const committed = server.logged('partition_assigned').committed as number;
  const evidence = new Evidence(folder);
  try {
    const compared = compareWithUndisturbed(evidence, committed, [...atReady, ...later]);
    compareCounts(metrics, compared.accounting);
    console.log(
      `  right: ${atReady.length} services when ready, ${later.length} published again, ` +
        `${compared.outputs} outputs, all counters`,
    );
  } finally {
    evidence.close();
  }
  return server.readyMs;
}

/** What is killed was started before: its folder has the cache of compiled code. */
async function serveOnce(folder: string, { ms }: Filling): Promise<void> {
  const server = await ServerUnderLoad.start({ folder, clockBehindMs: ms + 60_000 });
  await server.stop();
}

async function fillAndKill(filling: Filling): Promise<Filled> {
  const script = join(import.meta.dirname, 'recovery/fill.ts');
  const args = ['--disable-warning=ExperimentalWarning', script, JSON.stringify(filling)];
  const filler = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const ended = once(filler, 'exit');
  const tooLong = AbortSignal.timeout(10 * filling.ms);
  const saying = once(filler, 'message', { signal: tooLong }).finally(() => filler.kill('SIGKILL'));
  const said = await Promise.race([saying, ended.then(() => null)]);
  if (said === null) throw new Error('the process that fills the stream ended by itself');
  await ended;
  return said[0] as Filled;
}

async function answersOf(server: ServerUnderLoad): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (let cursor = ''; ; ) {
    const page = await server.ask(`/api/v1/services?limit=1000${cursor}`);
    const { services, next_cursor } = (await page.json()) as {
      services: Answer[];
      next_cursor: string | null;
    };
    answers.push(...services);
    if (next_cursor === null) return answers;
    cursor = `&cursor=${next_cursor}`;
  }
}

/** All services once the recovered process has published each of them: the later, the longer nobody has sent. */
async function republished(server: ServerUnderLoad, before: readonly Answer[]): Promise<Answer[]> {
  const newest = before.reduce((max, { as_of }) => (as_of > max ? as_of : max), '');
  let answers: Answer[] = [];
  await until('all services are published again', PATIENCE_MS, 1_000, async () => {
    answers = await answersOf(server);
    return answers.every(({ as_of }) => as_of > newest);
  });
  return answers;
}

function compareCounts(
  metrics: string,
  accounting: ReturnType<typeof compareWithUndisturbed>['accounting'],
): void {
  for (const { provider, input, received, bins } of accounting) {
    for (const [bin, count] of Object.entries({ received, ...bins })) {
      const family = `meshpulse_events_${bin}_total\\{provider="${provider}",input="${input}"\\}`;
      const said = total(metrics, family);
      if (said !== count) throw new Error(`${family}: ${said}, undisturbed ${count}`);
    }
  }
}

function report(
  { services, dependencies, rate }: Filling,
  filledMs: number,
  server: ServerUnderLoad,
) {
  const restored = server.logged('checkpoint_restored') as Record<string, number>;
  const missed = server.logged('missed_folded') as Record<string, number>;
  const k = (count: number | undefined) => `${((count ?? 0) / 1_000).toFixed(0)} k`;
  const s = (ms: number | undefined) => `${((ms ?? 0) / 1_000).toFixed(2)} s`;
  const { checkpointMs, restoreMs, chainMs, rollups, rollupsMs, events } = restored;
  const { changes, changesMs, records, recordsMs } = restored;
  const steps = [checkpointMs, restoreMs, chainMs, rollupsMs, changesMs, recordsMs];
  const rest = [...steps, missed.missedMs].reduce<number>(
    (left, ms) => left - (ms ?? 0),
    server.readyMs,
  );
  const again =
    changes === undefined
      ? `${records ?? 0} records again (${k(events)} events) ${s(recordsMs)}`
      : `${changes} changes (${k(events)} events) found ${s(chainMs)}, put back ${s(changesMs)}`;
  console.log(
    `${services} services, ${dependencies} dependencies, ${k(rate)} events/s`.padEnd(54) +
      `ready after ${s(server.readyMs)}   required at 20 k: 5 s\n` +
      `  process and doors ${s(server.listeningMs)}, checkpoint ${s(checkpointMs)}, restored ${s(restoreMs)}, ` +
      `${rollups ?? 0} rollups ${s(rollupsMs)},\n` +
      `  ${again}, ` +
      `missed ${missed.records ?? 0} (${k(missed.events)} events) ${s(missed.missedMs)}, ` +
      `until ready ${s(rest - server.listeningMs)}   (filled in ${s(filledMs)})`,
  );
}
