import { Agent, type IncomingMessage, request } from 'node:http';
import { expect, onTestFinished, test, vi } from 'vitest';
import { listen } from '../../src/cli/http/server.ts';
import { loadConfig } from '../../src/config/load.ts';

const { listen: address, receive } = loadConfig({ flags: { port: '0' }, env: {}, cwd: '/' });

/** A server whose answer waits for `answer`, and one connection to it that is kept. */
async function waitingServer() {
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<void>();
  const server = await listen(
    async (_, response) => {
      asked.resolve();
      await answer.promise;
      response.end('ok');
    },
    address,
    receive,
  );
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(async () => {
    agent.destroy();
    await server.close();
  });
  const get = () =>
    new Promise<IncomingMessage>((resolve, reject) => {
      request(server.url, { agent }, (response) => {
        response.resume().on('end', () => resolve(response));
      })
        .on('error', reject)
        .end();
    });
  return { server, get, agent, asked: asked.promise, answer: answer.resolve };
}

test('a connection that goes on asking while the server closes is told to end', async () => {
  const { server, get, asked, answer } = await waitingServer();
  const first = get();
  await asked;
  const closing = server.close();
  const second = get();
  answer();
  expect((await first).statusCode).toBe(200);
  const { statusCode, headers } = await second;
  expect([statusCode, headers.connection]).toEqual([200, 'close']);
  await closing;
  await expect(get()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

test('a connection that asks no more is closed after its answer, not at the last moment', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  onTestFinished(() => {
    vi.useRealTimers();
  });
  const { server, get, asked, answer } = await waitingServer();
  const first = get();
  await asked;
  const closing = server.close();
  answer();
  await first;
  // The cut that comes after seconds never comes here; Node itself gives up such a connection after five.
  await closing;
}, 4_000);

test.each(['0.0.0.0', '::'])('a server on %s has an address that can be opened', async (host) => {
  const server = await listen((_, response) => response.end('ok'), { ...address, host }, receive);
  onTestFinished(() => server.close());
  expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(await (await fetch(server.url)).text()).toBe('ok');
});
