import { decodeFrames } from '../../../src/packed/codec.ts';
import type { Evidence } from '../evidence.ts';

/** A body as the stream has it. */
export interface Landed {
  provider: string;
  /** Records it says it holds: events, dead letters and what is no request. */
  records: number;
  /** How often the whole of it was appended. */
  times: number;
}

/** Every body on the stream by its id, and what is wrong with how they got there. */
export function landedBodies(evidence: Evidence): {
  bodies: ReadonlyMap<string, Landed>;
  torn: readonly string[];
} {
  const chunks = new Map<string, Map<number, number>>();
  const bodies = new Map<string, Landed>();
  for (const { value } of evidence.records('requests')) {
    for (const frame of decodeFrames(value!)) {
      const { bodyId, provider, chunk } = frame;
      const seen = chunks.get(bodyId) ?? new Map<number, number>();
      chunks.set(bodyId, seen);
      const body = bodies.get(bodyId) ?? { provider, records: 0, times: 0 };
      bodies.set(bodyId, body);
      if (!seen.has(chunk)) {
        body.records += frame.events + total(frame.deadLetters) + total(frame.notRequests);
      }
      seen.set(chunk, (seen.get(chunk) ?? 0) + 1);
    }
  }
  const torn: string[] = [];
  for (const [id, seen] of chunks) {
    const times = [...seen.values()];
    bodies.get(id)!.times = Math.max(...times);
    if (new Set(times).size > 1) torn.push(`body ${id}: its parts were appended ${times} times`);
  }
  return { bodies, torn };
}

function total(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
