/**
 * Which partition of `requests` a called service's events go to: Kafka's default partitioner on the service's
 * name, the same in Node, Worker and REST. An unknown destination goes to partition 0.
 *
 * @param partitions how many partitions the topic has, a positive integer
 * @throws RangeError when `partitions` is not a positive integer
 */
export function partitionOf(destination: string | null, partitions: number): number {
  if (!Number.isInteger(partitions) || partitions < 1) {
    throw new RangeError(`partitions must be a positive integer, found ${partitions}`);
  }
  if (destination === null || partitions === 1) return 0;
  // Kafka clients: Utils.toPositive drops the sign bit, it does not negate.
  return (murmur2(utf8.encode(destination)) & 0x7fffffff) % partitions;
}

const utf8 = new TextEncoder();

/** 32-bit MurmurHash2 with the seed of Kafka's clients (`org.apache.kafka.common.utils.Utils.murmur2`), signed. */
export function murmur2(data: Uint8Array): number {
  const multiplier = 0x5bd1e995;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  let hash = 0x9747b28c ^ data.length;
  let at = 0;
  for (; at + 4 <= data.length; at += 4) {
    let word = Math.imul(view.getInt32(at, true), multiplier);
    word ^= word >>> 24;
    hash = Math.imul(hash, multiplier) ^ Math.imul(word, multiplier);
  }
  if (at < data.length) {
    for (let shift = 0; at < data.length; at++, shift += 8) hash ^= (data[at] as number) << shift;
    hash = Math.imul(hash, multiplier);
  }
  hash = Math.imul(hash ^ (hash >>> 13), multiplier);
  return hash ^ (hash >>> 15);
}
