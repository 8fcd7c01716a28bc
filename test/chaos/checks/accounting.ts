import { BINS, type Bin } from '../../../src/model/outcome.ts';
import { PARTITION_KEY, type PartitionState } from '../../../src/model/state.ts';
import type { Run } from '../chaos.ts';
import type { Evidence } from '../evidence.ts';
import { type BodyEntry, type Journal, sum } from '../senders/journal.ts';
import type { Sent } from '../world/unit.ts';
import { type Check, check, table } from './check.ts';
import { type Landed, landedBodies } from './landed.ts';

export type Account = Record<Bin, number> & { received: number };

/** Promises 1, 2 and 3, per provider, exact. */
export function checkAccounting(
  evidence: Evidence,
  { journal, states: copied, served }: Pick<Run, 'journal' | 'states' | 'served'>,
): Check[] {
  const { bodies, torn } = landedBodies(evidence);
  const states = partitionStates(copied.records);
  const accounts = accountsOf(states.slice(-1));
  return [
    landing(journal, bodies, torn),
    received({ journal, bodies, states, accounts, served }),
    once(journal, accounts, (entries) => expectedBins(entries, bodies)),
  ];
}

/** Every acknowledged body is on the stream, each time; nothing else is, but for what was in doubt. */
function landing(
  journal: Journal,
  bodies: ReadonlyMap<string, Landed>,
  torn: readonly string[],
): Check {
  const problems = [...torn];
  for (const [id, { provider }] of bodies) {
    if (!journal.bodies.has(id)) problems.push(`body ${id} of ${provider}: nobody sent it`);
  }
  let doubtful = 0;
  let landed = 0;
  for (const [id, entry] of journal.bodies) {
    const { times, records } = bodies.get(id) ?? { times: 0, records: entry.records };
    const who = `body ${id} of ${entry.provider}`;
    const most = entry.acknowledged + entry.inDoubt;
    if (times < entry.acknowledged || times > most) {
      problems.push(
        `${who}: on the stream ${times} times; acknowledged ${entry.acknowledged} times, in doubt ${entry.inDoubt}`,
      );
    }
    if (records !== entry.records) {
      problems.push(`${who}: ${records} records on the stream, ${entry.records} sent`);
    }
    doubtful += entry.inDoubt;
    landed += Math.max(0, times - entry.acknowledged);
  }
  const attempts = [...journal.attempts].map(([outcome, count]) => `${outcome} ${count}`);
  return check(
    'what was acknowledged is on the stream, whole',
    [
      `${journal.bodies.size} bodies; attempts: ${attempts.sort().join(', ')}`,
      `of ${doubtful} in doubt ${landed} had landed`,
    ],
    problems,
  );
}

function received({
  journal,
  bodies,
  states,
  accounts,
  served,
}: {
  journal: Journal;
  bodies: ReadonlyMap<string, Landed>;
  states: readonly PartitionState[];
  accounts: ReadonlyMap<string, Account>;
  served: ReadonlyMap<string, number>;
}): Check {
  const problems: string[] = [];
  const rows: (string | number)[][] = [['provider', 'acknowledged', 'in doubt', 'received']];
  for (const [provider, entries] of byProvider(journal)) {
    const acknowledged = sum(entries, ([, body]) => body.acknowledged * body.records);
    const landed = sum(entries, ([id, body]) => (bodies.get(id)?.times ?? 0) * body.records);
    const found = accounts.get(provider)?.received ?? 0;
    rows.push([provider, acknowledged, landed - acknowledged, found]);
    if (found !== landed) {
      problems.push(`${provider}: received is ${found}, on the stream are ${landed}`);
    }
    if (served.get(provider) !== landed) {
      problems.push(
        `${provider}: /metrics said ${served.get(provider)}, on the stream are ${landed}`,
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

/** Each distinct event in one bin of one copy, the other copies duplicates. */
export function once(
  journal: Journal,
  accounts: ReadonlyMap<string, Account>,
  expectedOf: (entries: readonly [id: string, body: BodyEntry][]) => Record<Bin, number>,
): Check {
  const problems: string[] = [];
  const rows: (string | number)[][] = [['provider', ...BINS]];
  for (const [provider, entries] of byProvider(journal)) {
    const expected = expectedOf(entries);
    const account = accounts.get(provider);
    const found = BINS.map((bin) => account?.[bin] ?? 0);
    rows.push([provider, ...found]);
    for (const [index, bin] of BINS.entries()) {
      if (found[index] === expected[bin]) continue;
      problems.push(`${provider}: ${bin} is ${found[index]}, by its sender it is ${expected[bin]}`);
    }
  }
  return check('promise 3: nothing is counted twice', table(rows), problems);
}

function expectedBins(
  entries: readonly [id: string, body: BodyEntry][],
  bodies: ReadonlyMap<string, Landed>,
): Record<Bin, number> {
  const bins = { counted: 0, excluded: 0, duplicate: 0, late: 0, dead_lettered: 0 };
  const known = new Set<Sent>();
  for (const [id, { events, dead, notRequests }] of entries) {
    const times = bodies.get(id)?.times ?? 0;
    if (times === 0) continue;
    bins.dead_lettered += times * dead;
    bins.excluded += notRequests;
    bins.duplicate += (times - 1) * notRequests;
    for (const event of events) {
      if (event.fate === 'late') bins.late += times;
      else {
        const first = known.has(event) ? 0 : 1;
        known.add(event);
        bins[event.fate] += first;
        bins.duplicate += times - first;
      }
    }
  }
  return bins;
}

export function byProvider(journal: Journal): Map<string, [id: string, body: BodyEntry][]> {
  return Map.groupBy(journal.bodies, ([, { provider }]) => provider);
}

/** All that partitions have published of themselves, in its order. */
export function partitionStates(
  records: Iterable<{ key: string | null; value: Uint8Array | null }>,
): PartitionState[] {
  const decoder = new TextDecoder();
  return [...records]
    .filter(({ key }) => key?.startsWith(`${PARTITION_KEY}/`))
    .map(({ value }) => JSON.parse(decoder.decode(value!)) as PartitionState);
}

/** Of the newest of every partition, inputs of one provider together. */
export function accountsOf(states: readonly PartitionState[]): Map<string, Account> {
  const newest = new Map<number, PartitionState>();
  for (const state of states) {
    const held = newest.get(state.partition);
    if (held === undefined || held.offset <= state.offset) newest.set(state.partition, state);
  }
  const accounts = new Map<string, Account>();
  for (const { provider, received, bins } of [...newest.values()].flatMap((s) => s.accounting)) {
    const none = { counted: 0, excluded: 0, duplicate: 0, late: 0, dead_lettered: 0 };
    const account = accounts.get(provider) ?? { received: 0, ...none };
    accounts.set(provider, account);
    account.received += received;
    for (const bin of BINS) account[bin] += bins[bin];
  }
  return accounts;
}

/** Accounts in which not every record is in one bin. */
export function unbalanced(states: readonly PartitionState[]): string[] {
  return states.flatMap(({ partition, offset, accounting }) =>
    accounting.flatMap(({ provider, input, received, bins }) => {
      const all = sum(BINS, (bin) => bins[bin]);
      if (received === all) return [];
      return [
        `${provider}/${input} at ${partition}/${offset}: received ${received}, in bins ${all}`,
      ];
    }),
  );
}
