import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import pc from 'picocolors';
import type { Config } from '../../config/config.ts';
import { loadConfig } from '../../config/load.ts';
import type { Transition } from '../../model/breaker.ts';
import type { Timers } from '../../model/clock.ts';
import type { SlackMessage } from '../../notify/slack/message.ts';
import { renderSlackText } from '../../notify/slack/text.ts';
import { noLog } from '../../telemetry/log.ts';
import { Metrics } from '../../telemetry/metrics.ts';
import { sampleRequest } from '../banner.ts';
import { EXIT } from '../io.ts';
import type { Running } from '../running.ts';
import { VERSION } from '../version.ts';
import { startMeshpulse } from '../wire.ts';
import { Keys } from './keys.ts';
import { Mesh } from './mesh.ts';
import { type DemoRow, Screen, table } from './screen.ts';
import { slackStandIn } from './slack-stand-in.ts';
import { BROKEN, breakIt, type StoryOptions, tellStory } from './story.ts';
import { sendTraffic } from './traffic.ts';

const HELP = `meshpulse demo [--port N] [--stay]

A small bookshop's mesh as live HTTP traffic into a real server: ratings fails, its breaker
trips, Slack (or a stand-in) hears of it, and it recovers. Everything is in a temporary folder.

  --port N   listen there (default: the usual port, else a free one)
  --stay     without a terminal: go on after the story, until a signal
`;

/** Runs the demo; returns the exit status. */
export async function demo(argv: string[]): Promise<number> {
  const flags = {
    port: { type: 'string' },
    stay: { type: 'boolean' },
    help: { type: 'boolean' },
  } as const;
  const { values } = parseArgs({ args: argv, options: flags });
  if (values.help) {
    process.stdout.write(HELP);
    return EXIT.ok;
  }
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
  const folder = mkdtempSync(join(tmpdir(), 'meshpulse-demo-'));
  try {
    return await run(folder, values.port, values.stay ?? false, stopping);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function run(
  folder: string,
  port: string | undefined,
  stay: boolean,
  stopping: AbortController,
): Promise<number> {
  const terminal = process.stdout.isTTY === true;
  const colors = pc.isColorSupported && terminal;
  const color = pc.createColors(colors);
  const screen = new Screen((text) => process.stdout.write(text), terminal);
  const say = (text: string) => screen.say(text);

  const slack = await slackStandIn((message) => say(slackBox(message, color)));
  const config = demoConfig(folder, port, slack.url);
  const failed = (error: unknown) => {
    say(color.red(`meshpulse: ${error instanceof Error ? error.message : String(error)}`));
    process.exitCode = EXIT.failed;
    stopping.abort();
  };
  const server = await startServer(config, port === undefined, failed);
  const keys = new Keys(process.stdin, terminal);
  try {
    say(
      `${color.bold('Meshpulse demo')}: the page is at ${color.cyan(color.underline(`${server.url}/`))}\n`,
    );
    if (config.notify.slack?.from !== 'demo') say('Slack messages go to your webhook.\n');
    const states: Transition['to'][] = [];
    const mesh = new Mesh({ random: Math.random });
    const story: StoryOptions = {
      mesh,
      clock: Date.now,
      timers,
      states: () => states,
      say,
      show: () => screen.snapshot(),
    };
    const { signal } = stopping;
    const traffic = sendTraffic(
      { url: server.url, mesh, clock: Date.now, timers, requestsPerSecond: 40 },
      signal,
    ).catch(failed);
    const watching = watch(server.url, screen, states, colors, signal).catch(failed);

    await tellStory(story, signal).catch(failed);
    if (!signal.aborted && (terminal || stay))
      await invite(server.url, config, story, keys, stopping, color);
    stopping.abort();
    await Promise.all([traffic, watching]);
    screen.snapshot();
    return process.exitCode === EXIT.failed ? EXIT.failed : EXIT.ok;
  } finally {
    keys.close();
    stopping.abort();
    await server.stop();
    await slack.close();
  }
}

/** The defaults, but a breaker that waits seconds instead of half a minute. */
function demoConfig(folder: string, port: string | undefined, standIn: string): Config {
  const config = loadConfig({ flags: { ...(port && { port }) }, env: process.env, cwd: folder });
  return {
    ...config,
    data: join(folder, 'data'),
    policy: { ...config.policy, breaker: { ...config.policy.breaker, waitSeconds: 8 } },
    notify: { slack: config.notify.slack ?? { webhookUrl: standIn, from: 'demo' } },
  };
}

/** Takes a free port when the usual one is in use. */
async function startServer(
  config: Config,
  anyPort: boolean,
  onFailed: (error: unknown) => void,
): Promise<Running> {
  const options = {
    clock: Date.now,
    log: noLog,
    metrics: new Metrics(),
    version: VERSION,
    onFailed,
  };
  try {
    return await startMeshpulse(config, options);
  } catch (error) {
    if (!anyPort || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    const listen = { ...config.listen, port: 0 };
    return startMeshpulse({ ...config, listen }, { ...options, metrics: new Metrics() });
  }
}

/** Follows the API as any client would: the table, and where the breaker of ratings has gone. */
async function watch(
  url: string,
  screen: Screen,
  states: Transition['to'][],
  colors: boolean,
  signal: AbortSignal,
): Promise<void> {
  const key = encodeURIComponent(`inferred:*:${BROKEN}.bookshop:*`);
  while (!signal.aborted) {
    const answer = await fetch(`${url}/api/v1/breakers/${key}/transitions`);
    const { services } = (await (await fetch(`${url}/api/v1/services`)).json()) as {
      services: DemoRow[];
    };
    screen.draw(['', ...table(services, colors)]);
    // 404 until the first call to ratings.
    if (answer.ok) {
      const { transitions } = (await answer.json()) as { transitions: { to: Transition['to'] }[] };
      states.splice(0, states.length, ...transitions.map(({ to }) => to));
    }
    await timers.sleep(500, signal);
  }
}

async function invite(
  url: string,
  config: Config,
  story: StoryOptions,
  keys: Keys,
  stopping: AbortController,
  color: ReturnType<typeof pc.createColors>,
): Promise<void> {
  const { say } = story;
  const service = `${BROKEN}.bookshop`;
  const command = sampleRequest(url, config, service);
  say(`\nYour turn. Post a log line of your own:\n\n${color.dim(command)}\n`);
  say(`It counts for ${service}: see ${url}/#/services/${service}`);
  say(`Press ${color.bold('f')} to break ${BROKEN} yourself, ${color.bold('q')} to quit.`);
  while (!stopping.signal.aborted) {
    const key = await keys.next(stopping.signal);
    if (key === 'f') await breakIt(story, stopping.signal);
    else if (key === 'q') return;
  }
}

function slackBox(message: SlackMessage, color: ReturnType<typeof pc.createColors>): string {
  const lines = renderSlackText(message).split('\n');
  const bar = color.magenta('│');
  return [
    `\n${color.magenta('┌─ to Slack')}`,
    ...lines.map((line) => `${bar} ${line}`),
    color.magenta('└─'),
  ].join('\n');
}

const timers: Timers = {
  sleep: (ms, signal) => sleep(ms, undefined, signal ? { signal } : {}).catch(() => {}),
};
