import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../random.ts';
import type { Posts } from './posts.ts';
import type { Server } from './server.ts';
import type { Slack } from './slack.ts';
import { between } from './world/weather.ts';

/** When the server is killed. */
export const MOMENTS = [
  /** Any time after it was ready. */
  'any time',
  /** While it starts or recovers. */
  'start',
  /** Right after it has written a checkpoint. */
  'checkpoint',
  /** Right after it has published a transition. */
  'transition',
  /** While a body is on its way to it. */
  'post',
  /** Slack has a message and has not answered. */
  'telling',
  /** Slack has just answered. */
  'told',
] as const;
export type Moment = (typeof MOMENTS)[number];

export interface Scene {
  random: Random;
  server: Server;
  slack: Slack;
  folder: string;
  /** Longest that the last lives took to be ready, ms. */
  usualReadyMs: number;
  posts: Posts;
}

/** What has not come by then is not waited for. */
const MOST_MS = 9_000;
/** Only bodies of several parts are larger. They take a while to read, so they are killed a while later. */
const LARGE_BYTES = 1_000_000;

/** Chooses one and resolves when it is there; also when the server has ended by itself. */
export async function nextMoment(scene: Scene): Promise<Moment> {
  const { random, server } = scene;
  const moment = random.pick<Moment>([...MOMENTS, 'any time', 'any time', 'start']);
  if (moment === 'start') {
    await sleep(between(random, 0, 1.1) * scene.usualReadyMs);
    return moment;
  }
  await server.ready();
  const over = new AbortController();
  const most = sleep(MOST_MS, undefined, { signal: over.signal }).catch(() => {});
  await Promise.race([come(moment, scene, over.signal), most]);
  over.abort();
  return moment;
}

async function come(moment: Exclude<Moment, 'start'>, scene: Scene, over: AbortSignal) {
  const { random, slack, folder, posts } = scene;
  const wait = (ms: number) => sleep(ms, undefined, { signal: over }).catch(() => {});
  if (moment === 'any time') return wait(random.next() ** 2 * MOST_MS);
  // The first of its kind often comes with the start: some are to be later.
  await wait(random.next() < 0.3 ? 0 : between(random, 0, 2_000));
  if (moment === 'checkpoint') return appended('checkpoints', folder, over);
  if (moment === 'transition') return appended('transitions', folder, over);
  if (moment === 'telling') return slack.nextArrival();
  if (moment === 'told') {
    await slack.nextAnswer();
    return wait(between(random, 0, 3));
  }
  const bytes = await posts.next(random.next() < 0.5 ? LARGE_BYTES : 0);
  return wait(between(random, 0, 5 + bytes / 4_000));
}

/** Resolves when the topic has grown. Reads beside the server, and leaves no trace: closing read-only writes nothing. */
async function appended(topic: string, folder: string, over: AbortSignal): Promise<void> {
  const database = new DatabaseSync(join(folder, 'data', 'stream.db'), { readOnly: true });
  try {
    const asked = database.prepare('SELECT end_offset AS end FROM topics WHERE name = ?');
    const end = () => asked.get(topic)!.end as number;
    const before = end();
    while (!over.aborted && end() === before) await sleep(2);
  } finally {
    database.close();
  }
}
