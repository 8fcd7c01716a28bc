import { compareSequence, type Sequence } from '../../../../src/model/breaker.ts';
import { type Check, check } from '../../checks/check.ts';
import type { KafkaRun } from '../chaos.ts';
import type { KafkaEvidence } from '../evidence.ts';
import type { Reader, ShownTransition } from '../reader.ts';

/** Nothing that an api process has shown is taken back, and in the end each shows all transitions there are. */
export function checkReaders({ readers, evidence }: KafkaRun): Check {
  const published = publishedSequences(evidence);
  const problems = readers.flatMap((reader) => [
    ...reader.problems,
    ...(reader.answers === 0 ? [`${reader.name} never answered`] : []),
    ...lacking(reader, published),
  ]);
  const figures = readers.map(
    ({ name, answers, lives, histories }) =>
      `${name}: ${answers} answers of ${lives} lives; in the end ${[...histories.values()].flat().length} transitions of ${histories.size} breakers`,
  );
  return check('readers never go backwards', figures, problems);
}

function publishedSequences(evidence: KafkaEvidence): Map<string, Sequence[]> {
  const decoder = new TextDecoder();
  const byKey = new Map<string, Map<string, Sequence>>();
  for (const { value } of evidence.records('transitions')) {
    const { key, sequence } = JSON.parse(decoder.decode(value!)) as ShownTransition;
    const own = byKey.get(key) ?? new Map<string, Sequence>();
    byKey.set(key, own.set(`${sequence}`, sequence));
  }
  return new Map([...byKey].map(([key, own]) => [key, [...own.values()].sort(compareSequence)]));
}

function lacking(
  { name, histories }: Reader,
  published: ReadonlyMap<string, readonly Sequence[]>,
): string[] {
  return [...published].flatMap(([key, sequences]) => {
    const shown = (histories.get(key) ?? []).map(({ sequence }) => `${sequence}`).join(' ');
    const wanted = sequences.slice(-KEPT).join(' ');
    return shown === wanted ? [] : [`${name}, ${key}: shows ${shown}, published are ${wanted}`];
  });
}

const KEPT = 1_000;
