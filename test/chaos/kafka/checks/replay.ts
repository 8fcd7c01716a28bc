import { Fold } from '../../../../src/aggregate/fold.ts';
import { decodeMessage } from '../../../../src/packed/codec.ts';
import { type Check, check } from '../../checks/check.ts';
import {
  COMPARED,
  type Compared,
  differences,
  idsOf,
  type Published,
} from '../../checks/replay.ts';
import { BOUNDS } from '../../setting.ts';
import type { KafkaEvidence } from '../evidence.ts';

type Folded = Record<Compared, Published[]>;

/** Promise 8: one undisturbed fold of each partition from its start gives what all those processes have published. */
export function checkKafkaReplay(evidence: KafkaEvidence): Check {
  const problems: string[] = [];
  const counts = new Map<Compared, { published: number; repeats: number }>();
  const numbers = Array.from({ length: evidence.partitions }, (_, partition) => partition);
  const folded = numbers.map((partition) => foldAgain(evidence, partition));
  for (const topic of COMPARED) {
    let published = 0;
    let repeats = 0;
    for (const [partition, own] of parts(evidence, topic, folded)) {
      const found = idsOf(topic, own);
      published += found.published.length;
      repeats += found.repeats;
      problems.push(...found.changed);
      const wanted = folded[partition]?.[topic] ?? [];
      const where = (line: string) =>
        line.startsWith(' ') ? line : `partition ${partition}: ${line}`;
      problems.push(...differences(topic, found.published, wanted).map(where));
    }
    counts.set(topic, { published, repeats });
  }
  const ends = numbers.map((partition) => evidence.of('requests', partition).length);
  for (const partition of numbers) {
    const committed = evidence.committed[partition]!;
    const left = evidence.of('requests', partition).slice(committed);
    // A tick may be the last thing that was appended before its owner was stopped.
    if (left.every(({ value }) => decodeMessage(value!).kind === 'tick')) continue;
    problems.push(`requests/${partition}: ${committed} of ${ends[partition]} committed`);
  }
  return check(
    'promise 8: each partition folded again, undisturbed, gives the same, with the same ids',
    [
      ...[...counts].map(
        ([topic, { published, repeats }]) =>
          `${topic}: ${published} published, ${repeats} of them again`,
      ),
      `${ends.reduce((sum, end) => sum + end, 0)} records of requests in ${ends.length} partitions, all folded and committed`,
    ],
    problems,
  );
}

/** Records of a topic by the partition of `requests` that they are of. */
function* parts(evidence: KafkaEvidence, topic: Compared, folded: readonly Folded[]) {
  if (topic !== 'alerts') {
    for (const partition of folded.keys())
      yield [partition, evidence.of(topic, partition)] as const;
    return;
  }
  // Those of all partitions are in one.
  const ofKey = new Map(
    folded.flatMap(({ alerts }, partition) => alerts.map(({ key }) => [key, partition] as const)),
  );
  const grouped = Map.groupBy(evidence.records(topic), ({ key }) => ofKey.get(key ?? '') ?? -1);
  for (const partition of [...folded.keys(), -1]) {
    yield [partition, grouped.get(partition) ?? []] as const;
  }
}

function foldAgain(evidence: KafkaEvidence, partition: number): Folded {
  const fold = new Fold({ partition, bounds: BOUNDS });
  const outputs: Folded = { transitions: [], alerts: [], rollups: [], state: [] };
  for (const record of evidence.of('requests', partition)) {
    if (record.offset >= evidence.committed[partition]!) break;
    for (const { topic, key, value } of fold.apply(record, decodeMessage(record.value!))) {
      outputs[topic].push({ key, text: JSON.stringify(value) });
    }
  }
  return outputs;
}
