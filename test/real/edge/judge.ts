import { expect } from 'vitest';
import { report } from '../../chaos/judge.ts';
import { busyPartitions } from '../../chaos/kafka/chaos.ts';
import { checkKafkaAccounting } from '../../chaos/kafka/checks/accounting.ts';
import { landedParts } from '../../chaos/kafka/checks/landed-parts.ts';
import { KafkaEvidence } from '../../chaos/kafka/evidence.ts';
import { Flow } from '../../chaos/kafka/flow.ts';
import type { Load } from './load.ts';
import { checkOrder } from './order.ts';
import { counted } from './settle.ts';
import type { Edge } from './world.ts';

/** Waits until all is counted, and compares what senders, Kafka and the API have. */
export async function judge(edge: Edge, load: Load, partitions: number): Promise<void> {
  const flow = new Flow(edge.cluster, partitions, busyPartitions(partitions));
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
  console.log(
    `${load.acknowledged} records acknowledged, ${doubled.length} parts doubled in Kafka, ` +
      `${await edge.outboxBytes()} bytes left in the outbox`,
  );
  expect(checks.filter(({ problems }) => problems.length > 0)).toEqual([]);
}
