import { ask } from './wire.ts';

const DESCRIBE_QUORUM = 55;
const TOPIC = '__cluster_metadata';

/**
 * Id of the active controller; null while none answers. Any node passes the question on to it. The "controller" of a
 * KRaft cluster's metadata, which clients are told, is just any node (KIP-631).
 */
export async function activeController(port: number): Promise<number | null> {
  // Compact types: lengths are one more than they are, every structure ends with its number of tagged fields.
  const topic = [TOPIC.length + 1, ...Buffer.from(TOPIC), 2, 0, 0, 0, 0, 0, 0];
  const body = Buffer.from([0, 2, ...topic, 0]);
  const answer = await ask(port, { key: DESCRIBE_QUORUM, version: 0, body });
  if (answer === null) return null;
  const taggedFields = 1;
  answer.skip(taggedFields);
  if (answer.int16() !== 0) return null;
  const countAndName = 1 + 1 + TOPIC.length;
  const countAndIndex = 1 + 4;
  answer.skip(countAndName + countAndIndex);
  if (answer.int16() !== 0) return null;
  const leader = answer.int32();
  return leader === -1 ? null : leader;
}
