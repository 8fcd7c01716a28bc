import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { Gate } from '../../../src/cli/demo/gate.ts';
import { Mesh } from '../../../src/cli/demo/mesh.ts';
import { sendTraffic } from '../../../src/cli/demo/traffic.ts';
import { Random } from '../../random.ts';
import { until } from '../../stream/until.ts';

let [asked, answered, records] = [0, 0, 0];
const server = createServer(async (request, response) => {
  asked++;
  const body = Buffer.concat(await request.toArray()).toString();
  await turn();
  answered++;
  records += request.url === '/v1/access-logs' ? body.split('\n').length : JSON.parse(body).length;
  response.end('{}');
});
afterAll(() => void server.close());

test('a closed gate holds the senders when all they posted was answered, until it opens', async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const stopping = new AbortController();
  const gate = new Gate();
  const random = new Random(1);
  let acknowledged = 0;
  const traffic = sendTraffic(
    {
      url,
      mesh: new Mesh({ random: () => random.next() }),
      gate,
      clock: Date.now,
      timers: { sleep: () => turn() },
      requestsPerSecond: 40,
      acknowledged(more) {
        acknowledged += more;
      },
    },
    stopping.signal,
  );
  await until('some is sent', () => answered > 0);

  await gate.close();
  const held = answered;
  expect(asked).toBe(held);
  expect(acknowledged).toBe(records);
  // Senders that go on would have posted again.
  for (let i = 0; i < 100; i++) await turn();
  expect(asked).toBe(held);

  gate.open();
  await until('more is sent', () => answered > held);
  stopping.abort();
  await traffic;
});

test('an open gate lets pass, a closed one only when it opens, and it can be closed again', async () => {
  const gate = new Gate();
  const passes = () => Promise.race([gate.pass().then(() => true), turn(false)]);
  for (let round = 0; round < 2; round++) {
    expect(await passes()).toBe(true);
    void gate.close();
    expect(await passes()).toBe(false);
    gate.open();
  }
  expect(await passes()).toBe(true);
});
