import { ask, int32, string } from './wire.ts';

const METADATA = 3;

export interface PartitionState {
  /** Id of the node; null while there is none. */
  leader: number | null;
  /** Ids of the nodes in sync, ascending. */
  inSync: number[];
}

/**
 * What one node knows about a partition; null: no answer, or it does not know it. Not asked through kafkajs, which
 * turns to any node of the cluster, killed and frozen ones too.
 */
export async function partitionState(
  port: number,
  topic: string,
  partition: number,
): Promise<PartitionState | null> {
  const createsIt = Buffer.from([0]);
  const body = Buffer.concat([int32(1), string(topic), createsIt]);
  const answer = await ask(port, { key: METADATA, version: 4, body });
  if (answer === null) return null;
  const throttleMs = 4;
  answer.skip(throttleMs);
  answer.array(() => [answer.int32(), answer.string(), answer.int32(), answer.string()]);
  answer.string();
  const anyNode = 4;
  answer.skip(anyNode);
  const [partitions = []] = answer.array(() => {
    answer.int16();
    answer.string();
    answer.int8();
    return answer.array(() => {
      answer.int16();
      const index = answer.int32();
      const leader = answer.int32();
      answer.array(() => answer.int32());
      return { index, leader, inSync: answer.array(() => answer.int32()) };
    });
  });
  const found = partitions.find(({ index }) => index === partition);
  if (found === undefined) return null;
  const { leader, inSync } = found;
  return { leader: leader === -1 ? null : leader, inSync: inSync.sort((a, b) => a - b) };
}
