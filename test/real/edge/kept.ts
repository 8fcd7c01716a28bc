import { decodeMessage } from '../../../src/packed/codec.ts';
import { KafkaEvidence } from '../../chaos/kafka/evidence.ts';
import type { Edge } from './world.ts';

/** How often each body is in Kafka, by the code of its only request. */
export async function timesByCode(edge: Edge): Promise<Map<number, number>> {
  const evidence = await KafkaEvidence.of(edge.cluster, []);
  const times = new Map<number, number>();
  for (const { value } of evidence.records('requests')) {
    const message = decodeMessage(value!);
    if (message.kind !== 'parts') continue;
    for (const code of message.parts.flatMap(({ columns }) => [...columns.code])) {
      times.set(code, (times.get(code) ?? 0) + 1);
    }
  }
  return times;
}
