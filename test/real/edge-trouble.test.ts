import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { busyPartitions } from '../chaos/kafka/chaos.ts';
import { Flow } from '../chaos/kafka/flow.ts';
import { REQUESTS } from '../chaos/kafka/setting.ts';
import { until } from '../stream/until.ts';
import { judge } from './edge/judge.ts';
import { Load } from './edge/load.ts';
import { outboxEmpty } from './edge/settle.ts';
import { Edge } from './edge/world.ts';
import { describePart } from './parts.ts';

const PARTITIONS = 4;
const FROZEN_S = 15;
/** docs/reliability.md has the figures of a run with 60. */
const OUTAGE_S = Number(process.env.MESHPULSE_TEST_OUTAGE_SECONDS ?? 15);
const RATE = Number(process.env.MESHPULSE_TEST_RATE ?? 300);
const PATIENCE_MS = 60_000;
const SPILLED = 'meshpulse_lane_records_total{lane="0",to="outbox"}';

describePart(
  'kafka',
  'the Worker and its lane, with brokers and workerd in trouble',
  (launcher) => {
    let edge: Edge;
    let load: Load;
    /** Records that went through the outbox, by life of workerd. */
    let spilled = 0;

    beforeAll(async () => {
      edge = await Edge.start({ launcher, partitions: PARTITIONS, tokens: Load.tokens });
      await edge.startRoles();
    }, 180_000);
    afterAll(async () => {
      await load?.end();
      await edge?.stop();
    });

    async function outboxRecords(): Promise<number> {
      const metrics = await edge.laneMetrics();
      return metrics?.get(SPILLED) ?? 0;
    }

    async function killWorkerd(): Promise<void> {
      spilled += await outboxRecords();
      await edge.worker.kill();
      await edge.worker.start();
    }

    /** Acknowledged meanwhile, and how long after it the outbox is empty. */
    async function during(name: string, trouble: () => Promise<void>): Promise<void> {
      const before = load.acknowledged;
      await trouble();
      const acknowledged = load.acknowledged - before;
      const over = performance.now();
      await outboxEmpty(edge);
      const drainedS = (performance.now() - over) / 1_000;
      console.log(
        `${name}: ${acknowledged} records acknowledged meanwhile, the outbox empty ${drainedS.toFixed(1)} s after it`,
      );
      expect(acknowledged).toBeGreaterThan(0);
    }

    test('loses nothing that it acknowledged, counts nothing twice and keeps each sender’s order', async () => {
      const [broker] = edge.cluster.nodes as [(typeof edge.cluster.nodes)[number]];
      load = new Load({ seed: 71, rate: RATE, port: edge.port });
      await until('all goes well', () => load.acknowledged > 4 * RATE, PATIENCE_MS);
      expect(await outboxRecords()).toBe(0);

      await during(`broker killed for ${OUTAGE_S} s`, async () => {
        await broker.kill();
        await sleep(OUTAGE_S * 1_000);
        await broker.start();
      });
      await during(`broker frozen for ${FROZEN_S} s, workerd killed meanwhile`, async () => {
        broker.freeze();
        await sleep((FROZEN_S / 2) * 1_000);
        await killWorkerd();
        await sleep((FROZEN_S / 2) * 1_000);
        broker.thaw();
      });
      await during('broker killed for 6 s, workerd killed before and after', async () => {
        await broker.kill();
        await sleep(3_000);
        await killWorkerd();
        await sleep(3_000);
        await broker.start();
        await killWorkerd();
      });
      await load.finish();
      spilled += await outboxRecords();
      expect(spilled).toBeGreaterThan(RATE);

      console.log(`${spilled} stream records went through the outbox`);
      await judge(edge, load, PARTITIONS);
    }, 600_000);
  },
);

describePart('kafka', 'The Worker and its lane, with three brokers', (launcher) => {
  let edge: Edge;
  let load: Load;

  beforeAll(async () => {
    edge = await Edge.start({ launcher, nodes: 3, partitions: PARTITIONS, tokens: Load.tokens });
    await edge.startRoles();
  }, 240_000);
  afterAll(async () => {
    await load?.end();
    await edge?.stop();
  });

  test('goes on with the next leaders while one that led is gone, in order, and loses nothing', async () => {
    load = new Load({ seed: 72, rate: RATE, port: edge.port });
    await until('all goes well', () => load.acknowledged > 4 * RATE, PATIENCE_MS);
    const leader = await edge.cluster.leaderOf(REQUESTS, busyPartitions(PARTITIONS)[0]!);
    await leader.kill();
    const flow = new Flow(edge.cluster, PARTITIONS, busyPartitions(PARTITIONS));
    // In every partition, with the one that led still gone.
    await flow.flows();
    await outboxEmpty(edge);
    const spilled = (await edge.laneMetrics())?.get(SPILLED) ?? 0;
    console.log(`${spilled} stream records went through the outbox`);
    await leader.start();
    await load.finish();
    await judge(edge, load, PARTITIONS);
  }, 300_000);
});
