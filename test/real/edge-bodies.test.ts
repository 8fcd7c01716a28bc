import { Agent, request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../src/receive/limits.ts';
import { istioLine } from '../receive/payloads.ts';
import { until } from '../stream/until.ts';
import { junk, type Posting, postChunks, slowly, untilAnswered } from './edge/bodies.ts';
import { timesByCode } from './edge/kept.ts';
import { memory, mostFromNow } from './edge/process.ts';
import { outboxEmpty } from './edge/settle.ts';
import { Edge } from './edge/world.ts';
import { describePart } from './parts.ts';

const MIB = 1024 * 1024;
const TOKEN = 'token-of-the-sender';
/** What an isolate has on the platform. */
const ISOLATE_BYTES = 128 * MIB;
/** Of that for what JavaScript makes, the rest for bytes of bodies: with more it ends. By itself workerd has no bound. */
const HEAP_MIB = 64;
const BURST = 10_000;
const LARGE = 100 * MIB;

describePart('kafka', 'Bodies that are meant to hurt, for the Worker in workerd', (launcher) => {
  let edge: Edge;
  let posting: Posting;
  let before: number;

  beforeAll(async () => {
    const tokens = { sender: TOKEN };
    edge = await Edge.start({ launcher, partitions: 4, tokens, heapMiB: HEAP_MIB });
    const url = `${edge.worker.url}/v1/access-logs`;
    posting = { url, headers: { authorization: `Bearer ${TOKEN}` } };
    // What the first posts of a process take is no growth.
    await burst(300, 299);
  }, 180_000);
  afterAll(() => edge?.stop());
  beforeEach(() => {
    before = memory(edge.worker.pid).now;
    mostFromNow(edge.worker.pid);
  });

  function expectLittleGrowth(what: string): void {
    const grown = memory(edge.worker.pid).most - before;
    console.log(`${what}: memory grew by ${Math.round(grown / MIB)} MiB at most`);
    expect(grown).toBeLessThan(ISOLATE_BYTES);
  }

  const post = (body: string | Uint8Array<ArrayBuffer>, more: Record<string, string> = {}) =>
    fetch(posting.url, { method: 'POST', headers: { ...posting.headers, ...more }, body });

  /** So many posts at once; how often each status was answered. */
  async function burst(count: number, code: number): Promise<Map<number, number>> {
    const agent = new Agent({ keepAlive: true, maxSockets: 200 });
    const encoder = new TextEncoder();
    const statuses = new Map<number, number>();
    const posts = Array.from({ length: count }, async (_, at) => {
      const body = encoder.encode(istioLine(code, '-', `${at}`));
      const status = await postChunks({ ...posting, agent }, [body]);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    });
    await Promise.all(posts);
    agent.destroy();
    return statuses;
  }

  test('bombs are refused, many at once, and small bodies beside them are taken', async () => {
    const gzip = { 'content-encoding': 'gzip' };
    const bomb = gzipSync(new Uint8Array(3 * LARGE));
    const members = new Uint8Array(Buffer.concat(Array(40).fill(gzipSync(new Uint8Array(MIB)))));
    const good = gzipSync(istioLine(201));
    const posts = Array.from({ length: 10 }, () => [
      post(bomb, gzip),
      post(members, gzip),
      post(good, gzip),
    ]);
    const statuses = (await Promise.all(posts.flat())).map(({ status }) => status);
    expect(statuses).toEqual(Array(10).fill([413, 413, 200]).flat());
    expectLittleGrowth('20 bombs');
  });

  test('two bodies at once, each of as many records as are taken, are taken', async () => {
    const lines = Array.from({ length: DEFAULT_LIMITS.maxRecords }, (_, at) => {
      return istioLine(208, '-', `${at}`);
    });
    const body = gzipSync(lines.join('\n'));
    const gzip = { 'content-encoding': 'gzip' };
    const answers = await Promise.all([post(body, gzip), post(body, gzip)]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expectLittleGrowth('2 bodies of 50 000 records');
  });

  test('what is no gzip, or breaks off, is refused as such', async () => {
    const gzip = { 'content-encoding': 'gzip' };
    const cut = gzipSync(istioLine(202)).subarray(0, 60);
    expect((await post('plain', gzip)).status).toBe(400);
    expect((await post(cut, gzip)).status).toBe(400);
    expect((await timesByCode(edge)).get(202)).toBeUndefined();
  });

  test('100 MB are refused, with and without a Content-Length', async () => {
    const declared = { ...posting.headers, 'content-length': String(LARGE) };
    const chunked = { ...posting.headers, 'transfer-encoding': 'chunked' };
    const posts = [declared, chunked, declared, chunked].map((headers) =>
      untilAnswered(() => postChunks({ ...posting, headers }, junk(LARGE))),
    );
    expect(await Promise.all(posts)).toEqual([413, 413, 413, 413]);
    expectLittleGrowth('4 bodies of 100 MB');
  });

  test('slow bodies are taken when they are whole, keep nobody waiting, and count for nothing when they break off', async () => {
    const agent = new Agent({ maxSockets: 200 });
    const slow = Array.from({ length: 60 }, (_, at) =>
      postChunks({ ...posting, agent }, slowly(istioLine(203, '-', `${at}`), 16, 100)),
    );
    for (let at = 0; at < 60; at++) {
      const broken = request(posting.url, { method: 'POST', headers: posting.headers, agent });
      broken.on('error', () => {});
      broken.write(istioLine(204, '-', `${at}`), () => broken.destroy());
    }
    for (let at = 0; at < 10; at++)
      expect((await post(istioLine(205, '-', `${at}`))).status).toBe(200);
    expect(await Promise.all(slow)).toEqual(Array(60).fill(200));
    const times = await timesByCode(edge);
    expect([203, 204, 205].map((code) => times.get(code) ?? 0)).toEqual([60, 0, 10]);
    expectLittleGrowth('120 slow bodies');
  });

  test('10 000 tiny posts in a burst are acknowledged, or told to come again', async () => {
    const statuses = await burst(BURST, 206);
    console.log('a burst with a broker:', Object.fromEntries(statuses));
    expect([...statuses.keys()].filter((status) => ![200, 429].includes(status))).toEqual([]);
    expect((await timesByCode(edge)).get(206)).toBe(statuses.get(200));
    expectLittleGrowth(`${BURST} tiny posts`);
  });

  test('so they are without a broker, and those acknowledged are in Kafka once it is back', async () => {
    await edge.cluster.node(1).kill();
    const statuses = await burst(BURST, 207);
    console.log('a burst without a broker:', Object.fromEntries(statuses));
    expect([...statuses.keys()].filter((status) => ![200, 429, 503].includes(status))).toEqual([]);
    expect(statuses.get(200)).toBeGreaterThan(BURST / 2);
    expectLittleGrowth(`${BURST} tiny posts without a broker`);
    await edge.cluster.node(1).start();
    await outboxEmpty(edge);
    await until('Kafka has them', async () => {
      return (await timesByCode(edge)).get(207) === statuses.get(200);
    });
  });
});
