import { ConfigResourceTypes } from 'kafkajs';
import { decodeFrames, decodeMessage } from '../../../src/packed/codec.ts';
import { KafkaEvidence } from '../../chaos/kafka/evidence.ts';
import { REQUESTS, withAdmin } from '../../chaos/kafka/setting.ts';
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

/** Records in Kafka that are counted as dead letters of that reason. */
export async function deadLetters(edge: Edge, reason: string): Promise<number> {
  const evidence = await KafkaEvidence.of(edge.cluster, []);
  const frames = [...evidence.records('requests')].flatMap(({ value }) => decodeFrames(value!));
  return frames.reduce((sum, frame) => sum + (frame.deadLetters[reason] ?? 0), 0);
}

/** From now on brokers take no larger batches of `requests`. */
export async function takeAtMost(edge: Edge, bytes: number): Promise<void> {
  const configEntries = [
    { name: 'max.message.bytes', value: String(bytes) },
    { name: 'message.timestamp.type', value: 'LogAppendTime' },
  ];
  await withAdmin(edge.cluster.bootstrap, (admin) =>
    admin.alterConfigs({
      validateOnly: false,
      resources: [{ type: ConfigResourceTypes.TOPIC, name: REQUESTS, configEntries }],
    }),
  );
}
