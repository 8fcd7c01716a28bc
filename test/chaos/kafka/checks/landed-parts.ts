import { decodeFrames } from '../../../../src/packed/codec.ts';
import type { PartFrame } from '../../../../src/packed/message.ts';
import type { KafkaEvidence } from '../evidence.ts';

/** A part of a body as the stream has it. */
export interface LandedPart {
  frame: PartFrame;
  partition: number;
  /** How often it was appended. */
  times: number;
}

/** By body id, its parts by their numbers. */
export type LandedParts = ReadonlyMap<string, ReadonlyMap<number, LandedPart>>;

/**
 * Every part on the stream, and those that Kafka has doubled: a body that is sent again is received again, so what has
 * the same time of receipt was appended once.
 */
export function landedParts(evidence: KafkaEvidence): {
  bodies: LandedParts;
  doubled: readonly string[];
} {
  const bodies = new Map<string, Map<number, LandedPart>>();
  const appended = new Set<string>();
  const doubled: string[] = [];
  for (const { value, partition, offset } of evidence.records('requests')) {
    for (const frame of decodeFrames(value!)) {
      const { bodyId, chunk, receivedAt } = frame;
      const id = `${bodyId}/${chunk} ${receivedAt}`;
      if (appended.has(id)) doubled.push(`requests/${partition} at ${offset}: ${id} once more`);
      appended.add(id);
      const parts = bodies.get(bodyId) ?? new Map<number, LandedPart>();
      bodies.set(bodyId, parts);
      const known = parts.get(chunk);
      if (known === undefined) parts.set(chunk, { frame, partition, times: 1 });
      else known.times++;
    }
  }
  return { bodies, doubled };
}

/** Records it says it holds: events, dead letters and what is no request. */
export function recordsOf({ frame }: LandedPart): number {
  return frame.events + total(frame.deadLetters) + total(frame.notRequests);
}

function total(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
