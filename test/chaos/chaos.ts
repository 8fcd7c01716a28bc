import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../random.ts';
import { type Moment, nextMoment } from './moments.ts';
import type { ChaosOptions } from './options.ts';
import { cast } from './senders/cast.ts';
import { Journal } from './senders/journal.ts';
import { Sender } from './senders/sender.ts';
import { freePort, Server, type ServerOptions } from './server.ts';
import { environment, newFolder, tokenOf } from './setting.ts';
import { Slack } from './slack.ts';
import { StateCopy } from './state-copy.ts';
import { between, Weather } from './world/weather.ts';

export interface Kill {
  moment: Moment;
  /** ms since the epoch: before the signal, and when the process was gone. */
  from: number;
  to: number;
  wasReady: boolean;
}

/** What a run leaves behind for the checks. */
export interface Run {
  folder: string;
  journal: Journal;
  slack: Slack;
  states: StateCopy;
  kills: readonly Kill[];
  /** From spawn to ready of every life that got so far, ms; the first had nothing to recover. */
  readyAfterMs: readonly number[];
  /** How lives ended that nobody had ended. */
  ownEnds: readonly string[];
  exitStatus: number | null;
  /** `provider` → records received, as /metrics said last. */
  served: ReadonlyMap<string, number>;
}

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
  const env = environment(
    senders.map(({ provider }) => provider),
    slack.url,
  );
  const life = { folder, port: await freePort(), env };
  const journal = new Journal();
  const posts = new Posts();
  const finish = new AbortController();
  const giveUp = new AbortController();

  const states = new StateCopy(folder);
  const lives = new Lives(life, states);
  await lives.current.ready();
  const sending = senders.map((options, index) => {
    const context = { ...life, journal, token: tokenOf, random: new Random(seed * 13 + index) };
    return new Sender(options, { ...context, onSending: () => posts.sending() }).run(
      finish.signal,
      giveUp.signal,
    );
  });
  const scene = { random: new Random(seed), slack, folder, nextSending: () => posts.next() };
  const copying = setInterval(() => lives.copyStates(), COPY_EVERY_MS);
  await lives.haunt(scene, { kills, untilMs: performance.now() + seconds * 1_000 }, say);

  say('no more kills: senders finish what they have');
  finish.abort();
  const patience = setTimeout(() => giveUp.abort(), 90_000);
  await lives.current.ready();
  await Promise.all(sending);
  clearTimeout(patience);
  const served = await quiet(life.port, () => journal.acknowledgedRecords);
  clearInterval(copying);
  const exitStatus = await lives.current.stop();
  states.copy();
  slack.close();
  const { ownEnds, readyAfterMs } = lives;
  const { kills: killed } = lives;
  return {
    folder,
    journal,
    slack,
    states,
    kills: killed,
    readyAfterMs,
    ownEnds,
    exitStatus,
    served,
  };
}

/** The server, one life after the other, on the same folder and port. */
class Lives {
  readonly kills: Kill[] = [];
  readonly ownEnds: string[] = [];
  readonly readyAfterMs: number[] = [];
  readonly #options: ServerOptions;
  readonly #states: StateCopy;
  current: Server;

  constructor(options: ServerOptions, states: StateCopy) {
    this.#options = options;
    this.#states = states;
    this.current = new Server(options);
  }

  async haunt(
    scene: Omit<Parameters<typeof nextMoment>[0], 'server' | 'usualReadyMs'>,
    { kills, untilMs }: { kills: number; untilMs: number },
    say: (line: string) => void,
  ): Promise<void> {
    while (this.kills.length < kills && performance.now() < untilMs) {
      const server = this.current;
      const watching = this.#watch(server);
      const moment = await nextMoment({ ...scene, server, usualReadyMs: this.#usualReadyMs() });
      const from = Date.now();
      const killed = await server.kill();
      await watching;
      const wasReady = server.readyAfterMs !== null;
      if (killed) this.kills.push({ moment, from, to: Date.now(), wasReady });
      else this.#endedByItself(server);
      this.#note(server);
      if (killed && this.kills.length % 10 === 0) say(`${this.kills.length} kills`);
      const midSend = moment === 'telling' || moment === 'told';
      if (scene.random.next() < LEFT_DOWN[midSend ? 'midSend' : 'else'])
        await sleep(between(scene.random, 3_000, 9_000));
      this.current = new Server(this.#options);
    }
    await this.#watch(this.current);
    this.#note(this.current);
  }

  async #watch(server: Server): Promise<void> {
    await server.ready();
    this.copyStates();
  }

  copyStates(): void {
    const { running, readyAfterMs } = this.current;
    if (running && readyAfterMs !== null) this.#states.copy();
  }

  #endedByItself(server: Server): void {
    this.ownEnds.push(server.end);
    if (this.ownEnds.length === MAX_OWN_ENDS) {
      throw new Error(`the server ended by itself again and again (${server.end}); see server.log`);
    }
  }

  #note({ readyAfterMs }: Server): void {
    if (readyAfterMs !== null) this.readyAfterMs.push(readyAfterMs);
  }

  #usualReadyMs(): number {
    const last = this.readyAfterMs.slice(-5);
    return last.length === 0 ? 1_000 : Math.max(...last);
  }
}

/** Lets others wait for the next body that is about to be sent. */
class Posts {
  #next = Promise.withResolvers<void>();

  sending(): void {
    this.#next.resolve();
    this.#next = Promise.withResolvers();
  }

  next(): Promise<void> {
    return this.#next.promise;
  }
}

/** How often nobody starts it again at once: then breakers move within a moment of the next start. */
const LEFT_DOWN = { midSend: 0.3, else: 0.05 };
const MAX_OWN_ENDS = 5;
const COPY_EVERY_MS = 15_000;
const QUIET_CHECKS = 8;
const QUIET_WITHIN_MS = 45_000;

/** Waits until all that was acknowledged is in the numbers, they stand still and nobody is owed a message. */
async function quiet(port: number, acknowledged: () => number): Promise<Map<string, number>> {
  const deadline = performance.now() + QUIET_WITHIN_MS;
  let received = new Map<string, number>();
  for (let still = 0; still < QUIET_CHECKS && performance.now() < deadline; ) {
    const text = await metrics(port);
    const now = receivedByProvider(text);
    const total = [...now.values()].reduce((sum, count) => sum + count, 0);
    const same = [...now].every(([provider, count]) => received.get(provider) === count);
    const owed = /^meshpulse_notification_queue_length\{[^}]*\} (\d+)$/m.exec(text)?.[1] ?? '0';
    still = same && total >= acknowledged() && owed === '0' ? still + 1 : 0;
    received = now;
    await sleep(500);
  }
  return received;
}

function receivedByProvider(text: string): Map<string, number> {
  const byProvider = new Map<string, number>();
  const sample = /^meshpulse_events_received_total\{[^}]*provider="([^"]+)"[^}]*\} (\d+)$/gm;
  for (const [, provider = '', count] of text.matchAll(sample)) {
    byProvider.set(provider, (byProvider.get(provider) ?? 0) + Number(count));
  }
  return byProvider;
}

function metrics(port: number): Promise<string> {
  const headers = { authorization: `Bearer ${tokenOf('reader')}` };
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path: '/metrics', headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.on('end', () => resolve(text)).on('error', reject);
    }).on('error', reject);
  });
}
