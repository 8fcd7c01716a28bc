import { isDeepStrictEqual } from 'node:util';
import { Fold } from '../../src/aggregate/fold.ts';
import type { Output } from '../../src/aggregate/output.ts';
import { summaryJson } from '../../src/api/shape/services.ts';
import type { AccountingRow, ServiceState } from '../../src/model/state.ts';
import { decodeMessage } from '../../src/packed/codec.ts';
import type { Topic } from '../../src/stream/record.ts';
import { breakersOf } from '../../src/views/breakers.ts';
import { TransitionLog } from '../../src/views/transitions.ts';
import type { Evidence } from '../../test/chaos/evidence.ts';

/** A service as `/api/v1/services` answers it. */
export type Answer = { service: string | null; as_of: string } & Record<string, unknown>;

/** How much was compared. */
export interface Compared {
  answers: number;
  outputs: number;
  accounting: AccountingRow[];
}

const PUBLISHED: readonly Topic[] = ['state', 'transitions', 'rollups', 'alerts'];

/**
 * Folds the whole stream without a pause. Throws unless it gives every answer of the API that is handed in, and what
 * the process that recovered has published from offset `committed` on: the same, with the same ids, all of it.
 */
export function compareWithUndisturbed(
  evidence: Evidence,
  committed: number,
  answers: readonly Answer[],
): Compared {
  const wanted = new Set(answers.map((answer) => placeOf(answer)));
  const possible = new Map<string, unknown[]>();
  const published = publishedFrom(evidence, committed);
  let outputs = 0;
  const log = new TransitionLog(1_000, 100_000);
  const see = (output: Output, offset: number, index: number) => {
    const { topic, key, value } = output;
    if (topic === 'transitions') log.apply(value);
    if (topic === 'state' && value !== null && 'windows' in value) {
      const place = `${key} ${new Date(value.asOf).toISOString()}`;
      if (wanted.has(place)) {
        possible.set(place, [...(possible.get(place) ?? []), answerOf(value, log)]);
      }
    }
    if (offset < committed) return;
    const id = value === null ? null : `${topic} ${key} ${offset},${index}`;
    if (id === null) return;
    outputs++;
    const found = published.get(id);
    if (found !== JSON.stringify(value)) throw new Error(`${id} was ${found ?? 'not published'}`);
    published.delete(id);
  };

  const fold = new Fold({ partition: 0 });
  const folded = evidence.committed();
  for (const record of evidence.records('requests')) {
    if (record.offset >= folded) break;
    const message = decodeMessage(record.value!);
    for (const [index, output] of fold.apply(record, message).entries()) {
      see(output, record.offset, index);
    }
  }
  for (const id of published.keys()) throw new Error(`${id} was published, but is not the fold's`);
  for (const answer of answers) {
    const found = possible.get(placeOf(answer)) ?? [];
    if (found.some((one) => isDeepStrictEqual(one, answer))) continue;
    throw new Error(
      `the API said\n${JSON.stringify(answer)}\nthe fold\n${found.map((one) => JSON.stringify(one)).join('\n')}`,
    );
  }
  return { answers: answers.length, outputs, accounting: fold.state().accounting };
}

function placeOf({ service, as_of }: Answer): string {
  return `${service} ${as_of}`;
}

function answerOf(state: ServiceState, log: TransitionLog): unknown {
  return JSON.parse(JSON.stringify(summaryJson(state, breakersOf(state, log), null)));
}

/** `topic key sequence` → text. */
function publishedFrom(evidence: Evidence, committed: number): Map<string, string> {
  const decoder = new TextDecoder();
  const found = new Map<string, string>();
  for (const topic of PUBLISHED) {
    for (const { key, value } of evidence.records(topic)) {
      if (value === null) continue;
      const text = decoder.decode(value);
      const { sequence } = JSON.parse(text) as { sequence: [number, number] };
      if (sequence[0] >= committed) found.set(`${topic} ${key} ${sequence}`, text);
    }
  }
  return found;
}
