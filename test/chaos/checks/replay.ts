import { isDeepStrictEqual } from 'node:util';
import { Fold } from '../../../src/aggregate/fold.ts';
import { decodeMessage } from '../../../src/packed/codec.ts';
import type { StreamRecord } from '../../../src/stream/record.ts';
import type { Evidence } from '../evidence.ts';
import { BOUNDS } from '../setting.ts';
import type { StateCopy } from '../state-copy.ts';
import { type Check, check } from './check.ts';

export const COMPARED = ['transitions', 'alerts', 'rollups', 'state'] as const;
export type Compared = (typeof COMPARED)[number];

export interface Published {
  key: string;
  text: string;
}

/** Promise 8: one fold from the start of the stream, never interrupted, gives what all those lives have published. */
export function checkReplay(evidence: Evidence, states: StateCopy): Check {
  const folded = foldAgain(evidence);
  const records = (topic: Compared) =>
    topic === 'state' ? states.records : evidence.records(topic);
  const problems: string[] = [];
  const figures: string[] = [];
  for (const topic of COMPARED) {
    const { published, repeats, changed } = idsOf(topic, records(topic));
    problems.push(...changed);
    figures.push(`${topic}: ${published.length} published, ${repeats} of them again`);
    if (topic === 'state' && states.missed > 0) {
      figures.push(`  not compared: ${states.missed} were gone before they were copied`);
    } else {
      problems.push(...differences(topic, published, folded[topic]));
    }
  }
  const [committed, end] = [evidence.committed(), evidence.end('requests')];
  figures.push(`${committed} of ${end} records of requests folded and committed`);
  return check(
    'promise 8: the stream folded again gives the same, with the same ids',
    figures,
    problems,
  );
}

function foldAgain(evidence: Evidence): Record<Compared, Published[]> {
  const fold = new Fold({ partition: 0, bounds: BOUNDS });
  const outputs: Record<Compared, Published[]> = {
    transitions: [],
    alerts: [],
    rollups: [],
    state: [],
  };
  const committed = evidence.committed();
  for (const record of evidence.records('requests')) {
    if (record.offset >= committed) break;
    for (const { topic, key, value } of fold.apply(record, decodeMessage(record.value!))) {
      outputs[topic].push({ key, text: JSON.stringify(value) });
    }
  }
  return outputs;
}

/** In order, each id once. */
export function idsOf(topic: Compared, records: Iterable<StreamRecord>) {
  const decoder = new TextDecoder();
  const byId = new Map<string, Published>();
  const changed: string[] = [];
  let repeats = 0;
  for (const { key, value, offset } of records) {
    const text = value === null ? 'null' : decoder.decode(value);
    const id = `${key} ${value === null ? offset : JSON.parse(text).sequence}`;
    const known = byId.get(id);
    if (known === undefined) byId.set(id, { key: key!, text });
    else if (known.text === text) repeats++;
    else changed.push(`${topic} ${id} was published again with other content, at ${offset}`);
  }
  return { published: [...byId.values()], repeats, changed };
}

export function differences(
  topic: Compared,
  published: readonly Published[],
  folded: readonly Published[],
): string[] {
  if (isDeepStrictEqual(published, folded)) return [];
  const at = folded.findIndex((output, index) => !isDeepStrictEqual(output, published[index]));
  const first = at === -1 ? folded.length : at;
  const [was, is] = [published[first], folded[first]];
  return [
    `${topic}: ${published.length} published, ${folded.length} folded again; they differ first at ${first}:`,
    `  published ${excerpt(was, is)}`,
    `  folded    ${excerpt(is, was)}`,
  ];
}

/** Where it begins to differ. */
function excerpt(one: Published | undefined, other: Published | undefined): string {
  if (one === undefined) return 'nothing';
  let at = 0;
  while (at < one.text.length && one.text[at] === other?.text[at]) at++;
  return `${one.key} …${one.text.slice(Math.max(0, at - 120), at + 120)}…`;
}
