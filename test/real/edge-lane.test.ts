import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { istioLine } from '../receive/payloads.ts';
import { until } from '../stream/until.ts';
import { deadLetters, takeAtMost, timesByCode } from './edge/kept.ts';
import { connectionsTo, cpuSeconds } from './edge/process.ts';
import { outboxEmpty } from './edge/settle.ts';
import { Edge, sumOf } from './edge/world.ts';
import { describePart } from './parts.ts';

const TOKEN = 'token-of-the-sender';
const PATIENCE_MS = 60_000;
const IDLE_MS = 20_000;
/** workerd looks for objects that are not used every ten seconds or so. */
const EVICTED_AFTER_MS = 25_000;

const headers = { authorization: `Bearer ${TOKEN}` };

const post = (edge: Edge, code: number, id = 'x') =>
  fetch(`${edge.worker.url}/v1/access-logs`, {
    method: 'POST',
    headers,
    body: istioLine(code, '-', id),
  });

const brokerPort = ({ cluster }: Edge) => cluster.node(1).ports.PLAINTEXT;

/** Lines of workerd's log that tell of trouble. */
const troubles = ({ worker }: Edge) =>
  worker.log
    .split('\n')
    .filter((line) => /error|exception|different request|disconnect|lane_spills/i.test(line));

describePart('kafka', 'A lane of the Worker, with a real Kafka', (launcher) => {
  let edge: Edge;
  beforeAll(async () => {
    edge = await Edge.start({ launcher, partitions: 4, tokens: { sender: TOKEN } });
  }, 180_000);
  afterAll(() => edge?.stop());

  const appended = async () => sumOf((await edge.laneMetrics())!, 'meshpulse_lane_records_total');
  const isConnected = () => connectionsTo(brokerPort(edge)).size > 0;

  test('a hundred first posts at once are all acknowledged, over one connection', async () => {
    const before = connectionsTo(brokerPort(edge), { closedToo: true });
    const posts = Array.from({ length: 100 }, (_, at) => post(edge, 200 + at));
    const answers = await Promise.all(posts);
    expect(answers.map(({ status }) => status)).toEqual(Array(100).fill(200));
    const opened = connectionsTo(brokerPort(edge), { closedToo: true }).difference(before);
    expect(opened.size).toBe(1);
    const times = await timesByCode(edge);
    expect([...times].sort()).toEqual(answers.map((_, at) => [200 + at, 1]));
  });

  test('who shares a lane with one that hangs up, and with one that comes later, is answered', async () => {
    await edge.worker.kill();
    await edge.worker.start();
    // The first of a lane begins its connect, and is gone before that has ended.
    const first = request(`${edge.worker.url}/v1/access-logs`, { method: 'POST', headers });
    first.on('error', () => {});
    const left = new Promise((resolve) => first.on('finish', resolve));
    first.end(istioLine(301));
    await left;
    const second = post(edge, 302);
    first.destroy();
    const third = post(edge, 303);
    expect((await Promise.all([second, third])).map(({ status }) => status)).toEqual([200, 200]);
    const times = await timesByCode(edge);
    expect([times.get(302), times.get(303)]).toEqual([1, 1]);
    expect(troubles(edge)).toEqual([]);
  });

  test('with an open connection it uses hardly any CPU time, for no timer runs in vain', async () => {
    await post(edge, 304);
    await until('it is connected', isConnected, PATIENCE_MS);
    // The broker is asked again before the lane lets its connection go.
    const from = { cpu: cpuSeconds(edge.worker.pid), at: performance.now() };
    for (let turn = 0; turn < 4; turn++) {
      await sleep(3_500);
      expect(isConnected()).toBe(true);
      await post(edge, 304, `${turn}`);
    }
    const share = (cpuSeconds(edge.worker.pid) - from.cpu) / (performance.now() - from.at);
    console.log(`CPU with an open connection: ${(share * 1_000 * 100).toFixed(2)} % of a core`);
    expect(share * 1_000).toBeLessThan(0.02);
  });

  test('idle, it lets its connection go, uses no CPU time, is evicted, and is woken by the next post', async () => {
    await post(edge, 305);
    expect(await appended()).toBeGreaterThan(1);
    await until('the connection is gone', () => !isConnected(), PATIENCE_MS);
    const from = { cpu: cpuSeconds(edge.worker.pid), at: performance.now() };
    await sleep(IDLE_MS);
    const share = (cpuSeconds(edge.worker.pid) - from.cpu) / (performance.now() - from.at);
    console.log(`CPU of an idle workerd: ${(share * 1_000 * 100).toFixed(2)} % of a core`);
    expect(share * 1_000).toBeLessThan(0.01);
    // Whoever asks keeps it: so seldom.
    let counts = await appended();
    for (let turn = 0; turn < 3 && counts > 0; turn++) {
      await sleep(EVICTED_AFTER_MS);
      counts = await appended();
    }
    expect(counts).toBe(0);
    expect((await post(edge, 306)).status).toBe(200);
    expect(await appended()).toBe(1);
    expect((await timesByCode(edge)).get(306)).toBe(1);
    expect(troubles(edge)).toEqual([]);
  }, 180_000);
});

describePart('kafka', 'A lane of the Worker, with little patience and little room', (launcher) => {
  let edge: Edge;
  beforeAll(async () => {
    // Sooner than the lane would.
    const broker = { 'connections.max.idle.ms': 700 };
    const settings = { MESHPULSE_OUTBOX_BYTES: '250000' };
    edge = await Edge.start({
      launcher,
      partitions: 4,
      tokens: { sender: TOKEN },
      broker,
      settings,
    });
  }, 180_000);
  afterAll(() => edge?.stop());

  test('opens another connection when its broker has closed one: no error, nothing lost or in the outbox', async () => {
    for (let turn = 0; turn < 4; turn++) {
      const answers = await Promise.all([post(edge, 200 + turn), post(edge, 300 + turn)]);
      expect(answers.map(({ status }) => status)).toEqual([200, 200]);
      const port = brokerPort(edge);
      await until('the broker has closed it', () => connectionsTo(port).size === 0, PATIENCE_MS);
    }
    const times = await timesByCode(edge);
    expect([...times.values()]).toEqual(Array(8).fill(1));
    const metrics = (await edge.laneMetrics())!;
    expect(metrics.get('meshpulse_lane_records_total{lane="0",to="outbox"}') ?? 0).toBe(0);
    expect(troubles(edge)).toEqual([]);
  });

  test('of what the broker will never take it tells as dead letters, and what comes after it arrives', async () => {
    const lines = 3_000;
    const long = (code: number) =>
      fetch(`${edge.worker.url}/v1/access-logs`, {
        method: 'POST',
        headers,
        body: Array.from({ length: lines }, (_, at) => istioLine(code, '-', `${at}`)).join('\n'),
      });
    await takeAtMost(edge, 20_000);
    expect((await long(401)).status).toBe(413);
    expect((await post(edge, 402)).status).toBe(200);

    await edge.cluster.node(1).kill();
    expect((await post(edge, 403)).status).toBe(200);
    let kept = 0;
    let answer = await long(404);
    for (; answer.status === 200; answer = await long(404 + kept)) kept++;
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, expect.any(String)]);
    expect(kept).toBeGreaterThan(0);
    expect((await post(edge, 499)).status).toBe(200);

    await edge.cluster.node(1).start();
    await outboxEmpty(edge);
    expect((await post(edge, 498)).status).toBe(200);
    // Or nobody opens the stream.
    await takeAtMost(edge, 17 * 1024 * 1024);
    const times = await timesByCode(edge);
    expect([...times].filter(([code]) => code > 400).sort()).toEqual([
      [402, 1],
      [403, 1],
      [498, 1],
      [499, 1],
    ]);
    expect(await deadLetters(edge, 'too_long')).toBe(kept * lines);
    expect(edge.worker.log).toContain('record_too_large');
  });
});
