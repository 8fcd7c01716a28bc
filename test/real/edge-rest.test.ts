import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundleWorker } from '../../src/cli/demo/edge/worker-bundle.ts';
import { istioLine } from '../receive/payloads.ts';
import type { Call } from '../stream/kafka-rest/rest-server.ts';
import { until } from '../stream/until.ts';
import { cpuSeconds, sleeps } from './edge/process.ts';
import { RestEdge } from './edge/rest-world.ts';
import { describeEdge } from './parts.ts';

/** What a Worker tells its lane after a second is told by then. */
const SETTLES_MS = 1_200;
const IDLE_MS = 2_500;
/** Of a process in which nothing happens. */
const MOST_WAKES = 5;
const TAKEN = 'meshpulse_lane_records_total{lane="0",to="brokers"}';
const WAITING = 'meshpulse_lane_waiting_bytes{lane="0"}';

const line = (service: string, code: number) =>
  istioLine(code, '-', `${service} ${code}`).replaceAll('reviews', service);

describeEdge('The Worker in workerd, with Kafka over HTTP', () => {
  const edges = new Map<string, RestEdge>();
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'meshpulse-edge-bundle-'));
    const script = await bundleWorker(folder);
    const start = async (version: 'v2' | 'v3') =>
      edges.set(version, await RestEdge.start(version, script));
    await Promise.all([start('v3'), start('v2')]);
  });
  afterAll(async () => {
    await Promise.all([...edges.values()].map((edge) => edge.stop()));
    await rm(folder, { recursive: true, force: true });
  });

  describe.each(['v3', 'v2'])('over %s', (version) => {
    const edge = () => edges.get(version)!;

    test('a post becomes records that decode to its events', async () => {
      const services = ['ratings', 'details', 'reviews', 'carts', 'stock'];
      const lines = services.map((service, at) => line(service, 200 + at));
      const answer = await edge().post([...lines, 'what is this'].join('\n'));
      expect(await answer.json()).toMatchObject({ records: 6, accepted: 5 });
      const found = await edge().events();
      expect(found.map(({ code, destination }) => [code, destination]).sort()).toEqual(
        services.map((service, at) => [200 + at, expect.stringContaining(service)]),
      );
      expect(found.every(({ durationUs }) => durationUs === 12_000)).toBe(true);
      await until('the dead letter is there', async () => (await edge().samples()).length > 0);
      expect(await edge().samples()).toMatchObject([{ sample: 'what is this' }]);
      expect(await edge().metric(TAKEN)).toBeGreaterThan(2);
    });

    test('posts at once share the lane: what comes while a request is under way is one request', async () => {
      const { rest } = edge();
      const before = rest.posts.length;
      const held = Promise.withResolvers<Call>();
      rest.next.push(held.resolve);
      const left = new AbortController();
      const first = edge().post(line('reviews', 301), left.signal);
      const gone = first.catch(() => 'gone');
      const call = await held.promise;
      const alone = (await edge().metric(WAITING))!;
      const others = [edge().post(line('reviews', 302)), edge().post(line('reviews', 303))];
      await until('they wait', async () => (await edge().metric(WAITING))! > 2.5 * alone);
      // Who began the request that the others wait for.
      left.abort();
      expect(await gone).toBe('gone');
      call.answer(await call.write(call.records));
      expect((await Promise.all(others)).map(({ status }) => status)).toEqual([200, 200]);
      expect(rest.posts.slice(before).map(({ length }) => length)).toEqual([1, 2]);
      expect(rest.most.get('requests')).toBe(1);
      expect((await edge().codes()).slice(-3)).toEqual([301, 302, 303]);
    });
  });

  test('while nobody answers there, senders are told to come again; when one does, it takes', async () => {
    const outage = async (edge: RestEdge) => {
      const comeBack = await edge.leave();
      const refused = await Promise.all([
        edge.post(line('reviews', 401)),
        edge.post(line('carts', 402)),
      ]);
      for (const { status, headers } of refused) {
        expect([status, headers.get('retry-after')]).toEqual([503, '5']);
      }
      await comeBack();
      expect((await edge.post(line('reviews', 403))).status).toBe(200);
      expect(await edge.codes()).toEqual([403]);
      expect(edge.worker.log).not.toMatch(
        /exception|different request|kafka_rest_(failed|unusable)/i,
      );
    };
    await Promise.all([...edges.values()].map(outage));
  });

  test('idle, it uses no CPU time and is not woken: no timer is left', async () => {
    await sleep(SETTLES_MS);
    const pids = [...edges.values()].map(({ worker }) => worker.pid);
    const used = () => pids.map((pid) => ({ cpu: cpuSeconds(pid), sleeps: sleeps(pid) }));
    const before = used();
    await sleep(IDLE_MS);
    const grown = used().map(({ cpu, sleeps }, at) => ({
      share: (cpu - before[at]!.cpu) / (IDLE_MS / 1_000),
      wakes: sleeps - before[at]!.sleeps,
    }));
    console.log('two idle workerd:', grown);
    for (const { share, wakes } of grown) {
      expect(share).toBeLessThan(0.01);
      expect(wakes).toBeLessThan(MOST_WAKES);
    }
  });
});
