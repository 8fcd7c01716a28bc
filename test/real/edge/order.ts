import { decodeFrames } from '../../../src/packed/codec.ts';
import { type Check, check } from '../../chaos/checks/check.ts';
import type { KafkaEvidence } from '../../chaos/kafka/evidence.ts';
import type { Journal } from '../../chaos/senders/journal.ts';

/**
 * A sender's next body follows after the one before was acknowledged, so in every partition the first occurrences of its
 * bodies must be in that order. What was not acknowledged has no place in it: it may still have been under way.
 */
export function checkOrder(journal: Journal, evidence: KafkaEvidence): Check {
  const places = new Map<string, number>();
  for (const [id, { acknowledged }] of journal.bodies) {
    if (acknowledged > 0) places.set(id, places.size);
  }
  const problems: string[] = [];
  const latest = new Map<string, number>();
  const seen = new Set<string>();
  for (const { value, partition, offset } of evidence.records('requests')) {
    for (const { bodyId, chunk, provider } of decodeFrames(value!)) {
      const place = places.get(bodyId);
      const part = `${bodyId}/${chunk}`;
      if (place === undefined || seen.has(part)) continue;
      seen.add(part);
      const sender = `${provider} in partition ${partition}`;
      const before = latest.get(sender) ?? -1;
      if (place < before) problems.push(`${sender} at ${offset}: body ${place} after ${before}`);
      latest.set(sender, Math.max(place, before));
    }
  }
  return check(
    'what one sender was acknowledged is in its order',
    [`${seen.size} parts of ${places.size} bodies by ${latest.size} senders and partitions`],
    problems,
  );
}
