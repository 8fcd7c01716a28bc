import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { settledAccounts, total, verdict } from '../../../src/cli/demo/accounts.ts';

const server = createServer();
afterEach(() => void server.close());

test('samples of one name are summed, whatever their labels, and those of longer names are not', () => {
  const text = [
    '# TYPE seen_total counter',
    'seen_total{input="access_logs",provider="a b"} 40',
    'seen_total{input="spans",provider="anonymous"} 2',
    'seen_total_more{input="spans"} 1000',
    'other_total 7',
    '',
  ].join('\n');
  expect(total(text, 'seen_total')).toBe(42);
  expect(total(text, 'other_total')).toBe(7);
  expect(total(text, 'missing_total')).toBe(0);
});

test('the accounts are settled when what was acknowledged is counted', async () => {
  let received = 7;
  server.on('request', (_, response) => {
    received++;
    response.end(
      `meshpulse_records_acknowledged_total{input="spans"} 99\nmeshpulse_events_received_total{input="spans"} ${Math.min(received, 10)}\n`,
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { signal } = new AbortController();
  const accounts = await settledAccounts({ url, acknowledged: 10 }, signal);
  expect(accounts).toEqual({ acknowledged: 10, received: 10 });
});

test('what was lost or counted twice is said to be, and ends the demo', () => {
  expect(verdict({ acknowledged: 3432, received: 3432 })).toBe(
    '3 432 records were acknowledged, 3 432 are counted: none lost, none twice.',
  );
  expect(() => verdict({ acknowledged: 10, received: 9 })).toThrow('9 are counted: some were lost');
  expect(() => verdict({ acknowledged: 10, received: 11 })).toThrow('11 are counted: some twice');
});
