import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { report } from '../chaos/judge.ts';
import { busyPartitions } from '../chaos/kafka/chaos.ts';
import { checkKafkaAccounting } from '../chaos/kafka/checks/accounting.ts';
import { landedParts } from '../chaos/kafka/checks/landed-parts.ts';
import { KafkaEvidence } from '../chaos/kafka/evidence.ts';
import { Flow } from '../chaos/kafka/flow.ts';
import { until } from '../stream/until.ts';
import { Load } from './edge/load.ts';
import { checkOrder } from './edge/order.ts';
import { counted, outboxEmpty } from './edge/settle.ts';
import { Edge, sumOf } from './edge/world.ts';
import { describePart } from './parts.ts';

const PARTITIONS = 4;
const FROZEN_S = 15;
/** docs/reliability.md has the figures of a run with 60. */
const OUTAGE_S = Number(process.env.MESHPULSE_TEST_OUTAGE_SECONDS ?? 15);
const RATE = Number(process.env.MESHPULSE_TEST_RATE ?? 300);
const PATIENCE_MS = 60_000;

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
      return metrics?.get('meshpulse_lane_records_total{lane="0",to="outbox"}') ?? 0;
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

      const flow = new Flow(edge.cluster, PARTITIONS, busyPartitions(PARTITIONS));
      const served = await counted(edge, flow, load.acknowledged);
      const { committed } = await flow.offsets();
      const evidence = await KafkaEvidence.of(edge.cluster, committed);
      const { journal } = load;
      const checks = [
        ...checkKafkaAccounting({ journal, evidence, served: new Map([['api-1', served]]) }),
        checkOrder(journal, evidence),
      ];
      console.log(report(checks));
      const { doubled } = landedParts(evidence);
      const metrics = await edge.laneMetrics();
      console.log(
        `${load.acknowledged} records acknowledged, ${spilled} stream records through the outbox, ` +
          `${doubled.length} parts doubled in Kafka, ${sumOf(metrics!, 'meshpulse_lane_outbox_bytes')} bytes left`,
      );
      expect(checks.filter(({ problems }) => problems.length > 0)).toEqual([]);
    }, 600_000);
  },
);
