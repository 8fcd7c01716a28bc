import { beforeAll, describe, expect, test } from 'vitest';
import { describeSamples } from '../shared-samples.ts';
import { until } from '../stream/until.ts';
import { type Account, newAccount, sumOfBins } from './client.ts';
import { atTime, FILES, LOGS, postsOf, type Sample } from './samples.ts';
import { startServer, type TestServer } from './server.ts';

const FORGED = '"USER_AGENT_I_WANT_YOU_TO_SEE" "AJ" "WAS" "HERE"';
/** After the newest sample. */
const NOW = Date.UTC(2026, 10, 23, 12);

/** Where the records of every file ended; each file is a provider of its own. */
async function postAll(move: (sample: Sample, index: number) => number | null) {
  let now = NOW;
  const server = await startServer({
    clock: () => now,
    providers: FILES.map(({ file }) => file),
  });
  const read = new Map<string, number>();
  for (const [index, sample] of FILES.entries()) {
    // A second each: dead letters to look at are taken at so many a second.
    now += 1000;
    const ms = move(sample, index);
    for (const post of postsOf(sample)) {
      const moved = ms === null ? post : atTime(post, ms);
      const response = await server.post({ ...moved, provider: sample.file });
      expect([sample.file, response.status]).toEqual([sample.file, 200]);
      // OTLP answers no number of records: each of its requests here has one.
      const counts = post.path === '/v1/logs' ? { records: 1 } : await response.json();
      read.set(sample.file, (read.get(sample.file) ?? 0) + counts.records);
    }
  }
  now += 1000;
  const total = [...read.values()].reduce((sum, count) => sum + count, 0);
  let accounts = new Map<string, Account>();
  await until('everything that was read is accounted for', async () => {
    accounts = await server.accounts();
    return [...accounts.values()].reduce((sum, { received }) => sum + received, 0) === total;
  });
  return { server, read, accounts };
}

type Posted = Awaited<ReturnType<typeof postAll>>;

function accountOf({ accounts }: Posted, file: string): Account {
  const rows = [...accounts].filter(([key]) => key.startsWith(`${file}/`));
  expect(rows).toHaveLength(1);
  return rows[0]![1];
}

function expectedOf({ expected, excluded = {}, dead = {} }: Sample): Account {
  const account = {
    ...newAccount(),
    ...expected,
    reasons: { excluded, dead_lettered: dead },
  };
  return { ...account, received: sumOfBins(account) };
}

function print(title: string, posted: Posted): void {
  const why = (reasons: Record<string, number>) =>
    Object.entries(reasons)
      .map(([reason, count]) => `${count} ${reason}`)
      .join(', ');
  const rows = FILES.map(({ file }) => {
    const { reasons, counted, excluded, duplicate, late, dead_lettered } = accountOf(posted, file);
    return {
      file,
      read: posted.read.get(file),
      counted,
      excluded,
      late,
      duplicate,
      'dead-lettered': dead_lettered,
      reasons: [why(reasons.excluded), why(reasons.dead_lettered)].filter(Boolean).join('; '),
    };
  });
  console.log(title);
  console.table(rows);
}

async function samplesOf(server: TestServer, provider: string) {
  const { dead_letters } = await server.get<{
    dead_letters: { provider: string; reason: string; sample: string }[];
  }>('/api/v1/dead-letters');
  return dead_letters.filter((letter) => letter.provider === provider);
}

describeSamples(LOGS, 'the published records, posted to a running server', () => {
  describe('as they are, years old', () => {
    let posted: Posted;
    beforeAll(async () => {
      posted = await postAll(() => null);
      print('Published records as they are', posted);
      return () => posted.server.stop();
    }, 30_000);

    test.each(FILES)('$file: all that can be read is late', (sample) => {
      const now = expectedOf(sample);
      expect(accountOf(posted, sample.file)).toEqual({
        ...newAccount(),
        received: now.received,
        late: now.received - now.dead_lettered,
        dead_lettered: now.dead_lettered,
        reasons: { excluded: {}, dead_lettered: now.reasons.dead_lettered },
      });
      expect(posted.read.get(sample.file)).toBe(now.received);
    });

    test('no service is made of what is late', async () => {
      expect(await posted.server.get('/api/v1/services')).toMatchObject({ services: [] });
    });

    test('the forged line can be looked at', () => forgedIsShown(posted));
  });

  describe('as of this moment', () => {
    let posted: Posted;
    beforeAll(async () => {
      // Long enough ago for the longest of the requests to have ended. Apart, so that no two files hold one line.
      posted = await postAll((_, index) => NOW - 90_000 + index);
      print('Published records as of this moment', posted);
      return () => posted.server.stop();
    }, 30_000);

    test.each(FILES)('$file: each record is where it belongs', (sample) => {
      expect(accountOf(posted, sample.file)).toEqual(expectedOf(sample));
      expect(posted.read.get(sample.file)).toBe(expectedOf(sample).received);
    });

    test('the failure matrix is judged as its callers saw it: 36 of the lines are theirs', async () => {
      const window = async () => {
        const answer = await posted.server.ask('/api/v1/services/mock-server.default');
        return answer.ok ? (await answer.json()).windows['5m'] : null;
      };
      // UO four times, UH seven times; the client left twice.
      await expect.poll(window, { timeout: 10_000 }).toMatchObject({
        reporter: 'source',
        requests: 34,
        successes: 6,
        failures: 17,
        refused: 11,
        excluded: 2,
      });
    });

    test('the forged line can be looked at', () => forgedIsShown(posted));
  });
});

async function forgedIsShown({ server }: Posted): Promise<void> {
  const letters = await samplesOf(server, 'envoy-default-hostile.log');
  expect(letters).toMatchObject([{ reason: 'wrong_field_count' }]);
  expect(letters[0]!.sample).toContain(FORGED);
}
