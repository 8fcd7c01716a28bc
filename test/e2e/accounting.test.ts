import { expect, onTestFinished, test } from 'vitest';
import { Random } from '../random.ts';
import { until } from '../stream/until.ts';
import { type Account, sumOfBins } from './client.ts';
import { add, Ledger, receivedOf, watchAccounts } from './ledger.ts';
import { accountsOf, batchesOf, MAX_RECORDS } from './senders.ts';
import { startServer } from './server.ts';

const PROVIDERS = ['north', 'south', 'east', 'west'];
const AT_ONCE = 3;

test.each([1, 2])('every record of four providers ends in one bin (seed %i)', async (seed) => {
  let now = Date.UTC(2026, 10, 23, 12);
  const server = await startServer({
    clock: () => now,
    providers: PROVIDERS,
    adjust: (config) => ({ ...config, receive: { ...config.receive, maxRecords: MAX_RECORDS } }),
  });
  onTestFinished(() => server.stop());
  const work = PROVIDERS.map((provider, i) => ({
    provider,
    batches: batchesOf(new Random(seed * 100 + i), provider, now, 150),
  }));

  const ledger = new Ledger();
  let done = false;
  const watching = watchAccounts(server, ledger, () => done);
  const refusals = new Map<string, number>();
  await Promise.all(
    work.flatMap(({ provider, batches }) => {
      const waiting = batches.values();
      return Array.from({ length: AT_ONCE }, async () => {
        for (const { post, records, refused } of waiting) {
          if (refused === null) {
            const sent = { post: { ...post, provider }, records: records.length };
            const answer = await ledger.send(server, sent);
            // Zipkin's answer is empty.
            if (answer !== '') expect(JSON.parse(answer).records).toBe(records.length);
          } else {
            const response = await server.post(post);
            expect(response.status, await response.text()).toBeGreaterThanOrEqual(400);
            expect(response.status).toBeLessThan(500);
            add(refusals, refused, 1);
          }
        }
      });
    }),
  ).finally(() => {
    done = true;
  });
  expect(await watching).toBeGreaterThan(0);
  now += 1_000;

  const sum = (counts: ReadonlyMap<string, number>) =>
    [...counts.values()].reduce((all, count) => all + count, 0);
  await until('everything that was acknowledged is accounted for', async () => {
    return sum(receivedOf(await server.accounts())) >= sum(ledger.acknowledged);
  });
  const accounts = await server.accounts();
  expect(receivedOf(accounts)).toEqual(ledger.acknowledged);
  const acknowledged = await server.samples('meshpulse_records_acknowledged_total');
  expect(acknowledged).toEqual(
    new Map([...accounts].map(([key, { received }]) => [key, received] as const)),
  );
  for (const { provider, batches } of work) {
    for (const [input, expected] of accountsOf(batches)) {
      const found = accounts.get(`${provider}/${input}`) as Account;
      expect({ ...found, reasons: null }).toEqual({ ...expected, reasons: null });
      for (const bin of ['excluded', 'dead_lettered'] as const) {
        const reasons = Object.values(found.reasons[bin]);
        expect(reasons.reduce((all, count) => all + count, 0)).toBe(found[bin]);
      }
      expect(sumOfBins(found)).toBe(found.received);
      if (input === 'access_logs') {
        for (const bin of ['counted', 'excluded', 'duplicate', 'late', 'dead_lettered'] as const) {
          expect(found[bin]).toBeGreaterThan(0);
        }
      }
    }
  }
  expect(await server.samples('meshpulse_requests_refused_total')).toEqual(refusals);
  expect(refusals.size).toBe(8);
});
