import type { CheckedTopic, Created } from '../../stream/kafka/topic-check.ts';
import { advice } from './advice.ts';

export interface Report {
  brokers: readonly string[];
  /** How many brokers the cluster has. */
  running: number;
  checked: readonly CheckedTopic[];
  /** Null: nothing was to be made. */
  created: Created | null;
  /** The command that makes what is missing. */
  toCreate: string;
}

/** Whether all topics are as wanted by now. */
export function isAsWanted({ checked, created }: Pick<Report, 'checked' | 'created'>): boolean {
  const made = new Set(created?.made);
  return checked.every(({ wanted, found, differences }) =>
    found === null ? made.has(wanted) : differences.length === 0,
  );
}

/** What is there, what differs, and what would change that. */
export function report(report: Report): string {
  const { brokers, checked, created } = report;
  const rows = checked.map((topic) => {
    const { wanted, found } = topic;
    const made = created?.made.includes(wanted) ?? false;
    const partitions = found?.partitions ?? (made ? wanted.partitions : '-');
    const replication = found?.replication ?? (made ? wanted.replication : '-');
    return [wanted.name, `${partitions}`, `${replication}`, state(topic, made)];
  });
  const widest = Math.max(...rows.map(([name]) => name!.length));
  const line = ([name = '', partitions = '', replication = '', is = '']: readonly string[]) =>
    `  ${name.padEnd(widest)}  ${partitions.padEnd(10)}  ${replication.padEnd(11)}  ${is}`;
  const table = checked.flatMap((topic, i) => [
    line(rows[i]!),
    ...details(topic, isShort(report) ? undefined : created?.refused.get(topic.wanted.name)),
  ]);
  return [
    `Topics of Kafka at ${brokers.join(', ')}`,
    '',
    line(['topic', 'partitions', 'replication', '']),
    ...table,
    '',
    ...next(report),
    '',
  ].join('\n');
}

function state({ found, differences }: CheckedTopic, made: boolean): string {
  if (found === null) return made ? 'made' : 'missing';
  return differences.length === 0 ? 'as wanted' : 'differs';
}

/** Whether what is missing cannot be made for want of brokers, which is told once and not with every topic. */
function isShort({ running, checked, created }: Report): boolean {
  const missing = checked.filter(({ found }) => found === null);
  return missing.length > (created?.made.length ?? 0) && running < missing[0]!.wanted.replication;
}

function tooFewBrokers({ running, checked }: Report): string[] {
  const { replication } = checked[0]!.wanted;
  const least = Math.max(1, running - 1);
  return [
    `Kafka has ${running} ${running === 1 ? 'broker' : 'brokers'}, stream.kafka.replication is ${replication}: set`,
    `stream.kafka.replication: ${running} and stream.kafka.min_insync_replicas: ${least} (for a trial only).`,
  ];
}

function details({ differences }: CheckedTopic, refusal: string | undefined): string[] {
  if (refusal !== undefined) return [`    not made: ${refusal}`];
  return differences.map(({ what, found, wanted }) => `    ${what}: ${found}, wanted: ${wanted}`);
}

function next(report: Report): string[] {
  const { brokers, checked, created, toCreate } = report;
  const missing = checked.filter(({ found }) => found === null);
  const different = checked.filter(({ differences }) => differences.length > 0);
  const lines: string[] = [];
  if (missing.length === 0 && different.length === 0) lines.push('All are as wanted.');
  else if (missing.length === 0) lines.push('None is missing.');
  else if (created !== null) lines.push(`${created.made.length} of ${missing.length} made.`);
  else lines.push(`${missing.length} missing: ${toCreate} makes them.`);
  if (isShort(report)) lines.push(...tooFewBrokers(report));
  if (different.length > 0) {
    lines.push(
      'What differs is left alone. Change the configuration to what is there; or Kafka, with its own tools',
      '(which take --command-config where the brokers ask who you are):',
      '',
      ...different.flatMap((topic) => advice(topic, brokers).map((text) => `  ${text}`)),
    );
  }
  return lines;
}
