import { Random } from '../random.ts';
import { type Life, Lives } from './lives.ts';
import type { ChaosOptions } from './options.ts';
import { Posts } from './posts.ts';
import { quiet } from './quiet.ts';
import { cast } from './senders/cast.ts';
import { Journal } from './senders/journal.ts';
import { Sender } from './senders/sender.ts';
import { freePort } from './server.ts';
import { environment, newFolder, tokenOf } from './setting.ts';
import { Slack } from './slack.ts';
import { StateCopy } from './state-copy.ts';
import { Weather } from './world/weather.ts';

/** What a run leaves behind for the checks. */
export interface Run {
  folder: string;
  /** Where it listened, as links in messages have it. */
  url: string;
  journal: Journal;
  slack: Slack;
  states: StateCopy;
  lives: readonly Life[];
  /** How lives ended that nobody had ended. */
  ownEnds: readonly string[];
  exitStatus: number | null;
  /** `provider` → records received, as /metrics said last. */
  served: ReadonlyMap<string, number>;
}

const COPY_EVERY_MS = 15_000;
/** How long senders may take at the end to get rid of what they still have. */
const FINISH_WITHIN_MS = 90_000;

/** Senders, a Slack and a server that is killed again and again; then a quiet end. */
export async function runChaos(
  { seed, rate, kills, seconds }: ChaosOptions,
  say: (line: string) => void,
): Promise<Run> {
  const folder = newFolder();
  say(`data, configuration and log: ${folder}`);
  const weather = new Weather(seed, Date.now(), seconds + 60);
  const slack = new Slack(new Random(seed * 7 + 1));
  await slack.listen();
  const senders = cast(seed, weather, rate);
  const providers = senders.map(({ provider }) => provider);
  const life = { folder, port: await freePort(), env: environment(providers, slack.url) };
  const [journal, posts, states] = [new Journal(), new Posts(), new StateCopy(folder)];
  const [finish, giveUp] = [new AbortController(), new AbortController()];
  const lives = new Lives(life, states);
  const copying = setInterval(() => lives.copyStates(), COPY_EVERY_MS);
  try {
    await lives.current.ready();
    const sending = senders.map((options, index) => {
      const random = new Random(seed * 13 + index);
      const onSending = (bytes: number) => posts.sending(bytes);
      const context = { ports: [life.port], journal, token: tokenOf, random, onSending };
      return new Sender(options, context).run(finish.signal, giveUp.signal);
    });
    const scene = { random: new Random(seed), slack, folder, posts };
    await lives.haunt(scene, { kills, untilMs: performance.now() + seconds * 1_000 }, say);

    say(`${lives.kills} kills are enough; senders finish what they have`);
    finish.abort();
    const patience = setTimeout(() => giveUp.abort(), FINISH_WITHIN_MS);
    await Promise.all(sending);
    clearTimeout(patience);
    const served = await quiet(life.port, () => journal.acknowledgedRecords);
    clearInterval(copying);
    const exitStatus = await lives.current.stop();
    states.copy();
    const { all, ownEnds } = lives;
    const url = `http://127.0.0.1:${life.port}`;
    return { folder, url, journal, slack, states, lives: all, ownEnds, exitStatus, served };
  } finally {
    clearInterval(copying);
    giveUp.abort();
    await lives.current.kill();
    slack.close();
  }
}
