import pc from 'picocolors';
import type { Transition } from '../../model/breaker.ts';
import { EXIT } from '../io.ts';
import { settledAccounts, verdict } from './accounts.ts';
import { Gate } from './gate.ts';
import { invite } from './invite.ts';
import { Keys } from './keys.ts';
import { Mesh } from './mesh.ts';
import { timers } from './polled.ts';
import { type DemoRow, Screen, slackBox, table } from './screen.ts';
import { slackStandIn } from './slack-stand-in.ts';
import type { Stage, StageOptions } from './stage.ts';
import { BROKEN, type StoryOptions, tellStory } from './story.ts';
import { sendTraffic } from './traffic.ts';

export type OpenStage = (
  options: Pick<StageOptions, 'slackUrl' | 'onFailed' | 'say'>,
) => Promise<Stage>;

export interface ShowOptions {
  open: OpenStage;
  /** Without a terminal: go on after the story. */
  stay: boolean;
  stopping: AbortController;
}

/** Opens the stage, sends it the mesh's traffic, tells the story, closes it. Returns the exit status. */
export async function show({ open, stay, stopping }: ShowOptions): Promise<number> {
  const { signal } = stopping;
  const terminal = process.stdout.isTTY === true;
  const colors = pc.isColorSupported && terminal;
  const color = pc.createColors(colors);
  const screen = new Screen((text) => process.stdout.write(text), terminal);
  const say = (text: string) => screen.say(text);
  let status: number = EXIT.ok;
  const onFailed = (error: unknown) => {
    if (signal.aborted) return;
    say(color.red(`meshpulse: ${error instanceof Error ? error.message : String(error)}`));
    status = EXIT.failed;
    stopping.abort();
  };

  const slack = await slackStandIn((message) => say(slackBox(message, color)));
  const keys = new Keys(process.stdin, terminal);
  let stage: Stage | null = null;
  try {
    stage = await open({ slackUrl: slack.url, onFailed, say });
    const { url, doors, processes } = stage;
    const page = color.cyan(color.underline(`${url}/`));
    say(`${color.bold('Meshpulse demo')}: the page is at ${page}\n`);
    if (processes !== null) say(`${processes.lines().join('\n')}\n`);
    if (stage.ownSlack) say('Slack messages go to your webhook.\n');
    const states: Transition['to'][] = [];
    const mesh = new Mesh({ random: Math.random });
    const gate = new Gate();
    let kept = 0;
    const acknowledged = () => kept;
    const story: StoryOptions = {
      mesh,
      clock: Date.now,
      timers,
      states: () => states,
      say,
      show: () => screen.snapshot(),
      async whileOpen() {
        if (processes === null) return;
        // Slack hears first.
        await timers.sleep(1_500, signal);
        if (!signal.aborted) await processes.replaceAggregate(say);
      },
    };
    const sending = { url: doors, mesh, gate, clock: Date.now, timers, requestsPerSecond: 40 };
    const counting = {
      ...sending,
      acknowledged(records: number) {
        kept += records;
      },
    };
    const traffic = sendTraffic(counting, signal).catch(onFailed);
    const watching = watch(url, screen, states, colors, signal).catch(onFailed);

    try {
      await tellStory(story, signal);
      if (processes !== null && !signal.aborted) {
        await processes.outage?.({ say, acknowledged, signal });
        await gate.close();
        const accounts = await settledAccounts({ url, acknowledged: kept }, signal);
        say(`\nThe senders pause: ${verdict(accounts)}`);
        gate.open();
      }
      if (!signal.aborted && (terminal || stay))
        await invite(stage, story, acknowledged, keys, signal, color);
    } catch (error) {
      onFailed(error);
    }
    stopping.abort();
    gate.open();
    await Promise.all([traffic, watching]);
    screen.snapshot();
    return status;
  } catch (error) {
    // What failed has been said; what was interrupted has not failed.
    if (signal.aborted) return status;
    throw error;
  } finally {
    keys.close();
    await stage?.stop();
    await slack.close();
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
