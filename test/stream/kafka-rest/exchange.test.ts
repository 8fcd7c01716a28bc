import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { exchange } from '../../../src/stream/kafka-rest/exchange.ts';

async function ask(listener: RequestListener, forMs = 5_000) {
  const server = createServer(listener).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  return askPort((server.address() as AddressInfo).port, forMs);
}

function askPort(port: number, forMs = 5_000) {
  const url = `http://127.0.0.1:${port}`;
  const api = { url, version: { name: 'v2' }, auth: null } as const;
  return exchange({ api, path: '/', method: 'POST', accept: 'text/plain', body: 'x', forMs });
}

test('a request that found nobody was not sent, one that was cut off may have been', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  expect(await askPort(port)).toMatchObject({ status: null, sent: false });
  const cut = await ask(({ socket }) => socket.destroy());
  expect(cut).toMatchObject({ status: null, sent: true });
});

test('a time limit holds for the last byte too, and what came before is kept', async () => {
  expect(await ask(() => {}, 40)).toMatchObject({ status: null, sent: true });
  const half = await ask((_, response) => response.write('half'), 400);
  expect(half).toMatchObject({ status: 200, text: 'half', broken: 'no answer within 400 ms' });
});

test('an answer in several bytes per character and many chunks is put together', async () => {
  const bytes = Buffer.from('größer €');
  const reply = await ask((_, response) => {
    for (const byte of bytes) response.write(Buffer.of(byte));
    response.end();
  });
  expect(reply).toMatchObject({ text: 'größer €', broken: null });
});

test('an answer without end is not read to its end', async () => {
  const block = Buffer.alloc(1024 * 1024);
  const reply = await ask((_, response) => {
    const more = () => response.write(block, (error) => error ?? more());
    more();
  });
  expect(reply).toMatchObject({ status: 200, broken: 'the answer is too long' });
});

test.each([
  ['7', 7_000, 7_000],
  [new Date(Date.now() + 100_000).toUTCString(), 60_000, 100_000],
  [new Date(0).toUTCString(), 0, 0],
  ['soon', 0, 0],
  ['', 0, 0],
  ['999999999', 300_000, 300_000],
])('Retry-After: %s', async (header, least, most) => {
  const reply = await ask((_, response) => response.setHeader('retry-after', header).end());
  const { retryAfterMs } = reply as { retryAfterMs: number };
  expect(retryAfterMs).toBeGreaterThanOrEqual(least);
  expect(retryAfterMs).toBeLessThanOrEqual(most);
});

test('a redirect is an answer, and is not followed', async () => {
  let asked = 0;
  const reply = await ask((_, response) => {
    asked++;
    response.writeHead(302, { location: '/elsewhere' }).end('moved');
  });
  expect(reply).toMatchObject({ status: 302, text: 'moved' });
  expect(asked).toBe(1);
});
