import type { Bin } from '../../../../src/model/outcome.ts';
import type { PartitionState } from '../../../../src/model/state.ts';
import { partitionOf } from '../../../../src/packed/partition.ts';
import {
  type Account,
  accountsOf,
  byProvider,
  once,
  partitionStates,
  unbalanced,
} from '../../checks/accounting.ts';
import { type Check, check, table } from '../../checks/check.ts';
import { type BodyEntry, type Journal, sum } from '../../senders/journal.ts';
import type { Sent } from '../../world/unit.ts';
import type { KafkaRun } from '../chaos.ts';
import { type LandedPart, type LandedParts, landedParts, recordsOf } from './landed-parts.ts';

type Counted = Pick<KafkaRun, 'evidence' | 'journal' | 'served'>;

/** Promises 1, 2 and 3, per provider, exact. */
export function checkKafkaAccounting(run: Counted): Check[] {
  const { evidence, journal } = run;
  const { bodies, doubled } = landedParts(evidence);
  const states = partitionStates(evidence.records('state'));
  const accounts = accountsOf(states);
  return [
    landing(journal, bodies, evidence.partitions, [...evidence.missing, ...doubled]),
    received(run, bodies, states, accounts),
    once(journal, accounts, (entries) => expectedBins(entries, bodies, evidence.partitions)),
  ];
}

/**
 * Every part of an acknowledged body is on the stream, each time; nothing else is, but for what was in doubt: of a body
 * whose sender got no answer or 503 some parts may be there and others not.
 */
function landing(
  journal: Journal,
  bodies: LandedParts,
  partitions: number,
  found: readonly string[],
): Check {
  const problems = [...found];
  for (const id of bodies.keys()) if (!journal.bodies.has(id)) problems.push(`nobody sent ${id}`);
  let doubtful = 0;
  let more = 0;
  let torn = 0;
  for (const [id, entry] of journal.bodies) {
    const parts = [...(bodies.get(id)?.values() ?? [])];
    const who = `body ${id} of ${entry.provider}`;
    const most = entry.acknowledged + entry.inDoubt + entry.unavailable;
    for (const { times, frame, partition } of parts) {
      if (times >= entry.acknowledged && times <= most) continue;
      problems.push(
        `${who}: part ${frame.chunk} is in partition ${partition} ${times} times; acknowledged ${entry.acknowledged} times, in doubt ${entry.inDoubt}, answered 503 ${entry.unavailable}`,
      );
    }
    const records = sum(parts, recordsOf);
    const whole = records === entry.records;
    if (entry.acknowledged > 0 && !whole) {
      problems.push(`${who}: ${records} records on the stream, ${entry.records} acknowledged`);
    }
    if (!whole && parts.length > 0) torn++;
    problems.push(...misplaced(who, entry, parts, partitions));
    doubtful += entry.inDoubt + entry.unavailable;
    more += sum(parts, ({ times }) => times - entry.acknowledged);
  }
  const attempts = [...journal.attempts].map(([outcome, count]) => `${outcome} ${count}`);
  return check(
    'what was acknowledged is on the stream, whole, and nothing was doubled by Kafka',
    [
      `${journal.bodies.size} bodies; attempts: ${attempts.sort().join(', ')}`,
      `of ${doubtful} bodies in doubt ${more} parts had landed; ${torn} bodies are there in part only`,
    ],
    problems,
  );
}

/** Of a whole body each partition has as many events as were sent for its services. */
function misplaced(
  who: string,
  entry: BodyEntry,
  parts: readonly LandedPart[],
  partitions: number,
): string[] {
  const sent = eventsByPartition(entry, partitions);
  return [...Map.groupBy(parts, ({ partition }) => partition)].flatMap(([partition, own]) => {
    const events = sum(own, ({ frame }) => frame.events);
    const most = sent.get(partition)?.length ?? 0;
    const all = entry.acknowledged > 0;
    if (all ? events === most : events <= most) return [];
    return [`${who}: ${events} events in partition ${partition}, ${most} were sent for it`];
  });
}

function received(
  { journal, served }: Counted,
  bodies: LandedParts,
  states: readonly PartitionState[],
  accounts: ReadonlyMap<string, Account>,
): Check {
  const problems: string[] = [];
  const rows: (string | number)[][] = [['provider', 'acknowledged', 'in doubt', 'received']];
  for (const [provider, entries] of byProvider(journal)) {
    const acknowledged = sum(entries, ([, body]) => body.acknowledged * body.records);
    const landed = sum(entries, ([id]) =>
      sum([...(bodies.get(id)?.values() ?? [])], (part) => part.times * recordsOf(part)),
    );
    const found = accounts.get(provider)?.received ?? 0;
    rows.push([provider, acknowledged, landed - acknowledged, found]);
    if (found !== landed) {
      problems.push(`${provider}: received is ${found}, on the stream are ${landed}`);
    }
    for (const [name, counts] of served) {
      if (counts.get(provider) === landed) continue;
      problems.push(
        `${provider}: /metrics of ${name} said ${counts.get(provider)}, on the stream are ${landed}`,
      );
    }
  }
  problems.push(...unbalanced(states));
  return check(
    'promise 1: received = the bins = what senders counted',
    [...table(rows), `received = sum of the bins in each of ${states.length} published accounts`],
    problems,
  );
}

function expectedBins(
  entries: readonly [id: string, body: BodyEntry][],
  bodies: LandedParts,
  partitions: number,
): Record<Bin, number> {
  const bins = { counted: 0, excluded: 0, duplicate: 0, late: 0, dead_lettered: 0 };
  const known = new Set<Sent>();
  for (const [id, entry] of entries) {
    const parts = [...(bodies.get(id)?.values() ?? [])];
    const left = eventsByPartition(entry, partitions);
    // In the order of their numbers, for a partition may have several.
    for (const { frame, partition, times } of parts.sort((a, b) => a.frame.chunk - b.frame.chunk)) {
      if (frame.chunk === 0) {
        bins.dead_lettered += times * entry.dead;
        bins.excluded += entry.notRequests;
        bins.duplicate += (times - 1) * entry.notRequests;
      }
      for (const event of left.get(partition)?.splice(0, frame.events) ?? []) {
        if (event.fate === 'late') bins.late += times;
        else {
          const first = known.has(event) ? 0 : 1;
          known.add(event);
          bins[event.fate] += first;
          bins.duplicate += times - first;
        }
      }
    }
  }
  return bins;
}

function eventsByPartition({ events }: BodyEntry, partitions: number): Map<number, Sent[]> {
  return Map.groupBy(events, ({ to }) => partitionOf(to, partitions));
}
