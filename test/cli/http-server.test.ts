import { Agent, type IncomingMessage, request } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { listen } from '../../src/cli/http/server.ts';
import { loadConfig } from '../../src/config/load.ts';

const { listen: address, receive } = loadConfig({ flags: { port: '0' }, env: {}, cwd: '/' });

test('a connection that goes on asking while the server closes is told to end', async () => {
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

  const first = get();
  await asked.promise;
  const closing = server.close();
  const second = get();
  answer.resolve();
  expect((await first).statusCode).toBe(200);
  const { statusCode, headers } = await second;
  expect([statusCode, headers.connection]).toEqual([200, 'close']);
  await closing;
  await expect(get()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});
