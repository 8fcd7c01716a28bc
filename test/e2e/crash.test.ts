import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Random } from '../random.ts';
import { until } from '../stream/until.ts';
import { bodiesOf, secondOf } from './bookshop.ts';
import { type Account, type Client, sumOfBins } from './client.ts';
import { type ServerProcess, startProcess } from './process.ts';
import { newFolder, removeFolder } from './server.ts';

const AT_ONCE = 8;

let folder: string;
let server: ServerProcess | null;
beforeEach(() => {
  folder = newFolder();
  server = null;
});
afterEach(async () => {
  await server?.end('SIGKILL');
  removeFolder(folder);
});

interface Body {
  send(to: Client): Promise<boolean>;
  records: number;
  acknowledged: boolean;
}

/** Bodies of all three inputs with requests of this minute, no record twice. */
function bodies(count: number): Body[] {
  const random = new Random(count);
  return Array.from({ length: count }, (_, i) => {
    const hops = secondOf(random, Date.now() - 60_000 + i * 100, 0.05, 60);
    const { post, records } = bodiesOf(hops)[i % 3]!;
    const { provider: _provider, ...anonymous } = post;
    return {
      records,
      acknowledged: false,
      /** False when there was no answer. */
      async send(to: Client) {
        try {
          const response = await to.post(anonymous);
          await response.arrayBuffer();
          return response.ok;
        } catch {
          return false;
        }
      },
    };
  });
}

/** Sends over a few connections until all are sent or the server is gone; `acknowledged` is told how many are. */
async function sendAll(
  to: Client,
  all: readonly Body[],
  acknowledged: (bodies: number) => void = () => {},
): Promise<void> {
  let done = 0;
  let gone = false;
  const waiting = all.values();
  const sender = async () => {
    while (!gone) {
      const { value: body } = waiting.next();
      if (body === undefined) return;
      if (await body.send(to)) {
        body.acknowledged = true;
        done += 1;
        acknowledged(done);
      } else gone = true;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, sender));
}

function totals(accounts: ReadonlyMap<string, Account>) {
  const all = [...accounts.values()];
  const sum = (of: (account: Account) => number) =>
    all.reduce((total, account) => total + of(account), 0);
  for (const account of all) expect(account.received).toBe(sumOfBins(account));
  return {
    received: sum(({ received }) => received),
    counted: sum(({ counted }) => counted),
    duplicate: sum(({ duplicate }) => duplicate),
  };
}

const recordsOf = (all: readonly Body[]) => all.reduce((sum, { records }) => sum + records, 0);

test('kill -9 under load, again and again: what was acknowledged is counted exactly once', async () => {
  const all = bodies(400);
  const random = new Random(9);
  server = await startProcess(folder);
  let received = 0;
  for (const kill of [1, 2]) {
    const { end } = server;
    const enough = 20 + random.integer(60);
    let ended: Promise<unknown> = Promise.resolve();
    // Also some that were acknowledged before: senders repeat themselves.
    const again = all.filter((body, i) => body.acknowledged && i % 5 === kill);
    const work = [...again, ...all.filter(({ acknowledged }) => !acknowledged)];
    await sendAll(server, work, (count) => {
      if (count === enough) ended = end('SIGKILL');
    });
    await ended;
    const acknowledged = all.filter((body) => body.acknowledged);
    expect(acknowledged.length).toBeLessThan(all.length);
    server = await startProcess(folder);
    // Everything acknowledged is there, without being sent again.
    const least = recordsOf(acknowledged);
    await until(`${least} records are counted after kill ${kill}`, async () => {
      return totals(await server!.accounts()).counted >= least;
    });
    const now = totals(await server.accounts());
    expect(now.counted).toBeLessThanOrEqual(recordsOf(all));
    expect(now.received).toBeGreaterThanOrEqual(received);
    received = now.received;
  }
  // As senders do: all that was never acknowledged once more, and the rest because one never knows.
  await sendAll(server, all);
  expect(all.every(({ acknowledged }) => acknowledged)).toBe(true);
  const expected = recordsOf(all);
  await until('every record is counted', async () => {
    const { counted, duplicate } = totals(await server!.accounts());
    return counted >= expected && duplicate >= received;
  });
  const { counted, duplicate, received: total } = totals(await server.accounts());
  expect(counted).toBe(expected);
  expect(counted + duplicate).toBe(total);
  // The last round was received whole, on top of what was there before it.
  expect(total).toBe(received + expected);
}, 60_000);

test('SIGTERM under load: it drains, ends with 0, and what was acknowledged is there', async () => {
  const all = bodies(300);
  server = await startProcess(folder);
  const { end, said } = server;
  let ended: Promise<number | null> = Promise.resolve(-1);
  await sendAll(server, all, (count) => {
    if (count === 50) ended = end('SIGTERM');
  });
  expect(await ended).toBe(0);
  expect(said.err).not.toContain('    at ');
  const acknowledged = all.filter((body) => body.acknowledged);
  expect(acknowledged.length).toBeGreaterThanOrEqual(50);
  expect(acknowledged.length).toBeLessThan(all.length);

  server = await startProcess(folder);
  const least = recordsOf(acknowledged);
  await until('what was acknowledged is counted', async () => {
    return totals(await server!.accounts()).counted >= least;
  });
  // Its drain answered all that it had appended: nothing else is there.
  expect(totals(await server.accounts())).toEqual({
    received: least,
    counted: least,
    duplicate: 0,
  });
}, 60_000);

test('npx meshpulse check works from a clone', async () => {
  const root = join(import.meta.dirname, '../..');
  const { stdout } = await promisify(execFile)('npx', ['meshpulse', 'check'], { cwd: root });
  expect(stdout).toContain('port: 4320');
});
