import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { partitionOf } from '../../../src/packed/partition.ts';
import { KafkaCluster } from '../../kafka/cluster.ts';
import { Random } from '../../random.ts';
import type { ChaosOptions } from '../options.ts';
import { cast } from '../senders/cast.ts';
import { Journal } from '../senders/journal.ts';
import { Sender } from '../senders/sender.ts';
import { environment, tokenOf } from '../setting.ts';
import { Slack } from '../slack.ts';
import { NAMESPACE, SERVICES } from '../world/weather.ts';
import { KafkaEvidence } from './evidence.ts';
import { Fleet, MEMBERS, type MemberName } from './fleet.ts';
import { Flow } from './flow.ts';
import { Outages } from './outages.ts';
import { planOf } from './plan.ts';
import { Reader } from './reader.ts';
import { configure, makeTopics, newFolder, SESSION_MS } from './setting.ts';
import { settled } from './settle.ts';
import { Trouble } from './trouble.ts';

export interface KafkaChaosOptions extends ChaosOptions {
  partitions: number;
  /** How long a broker is frozen, seconds. */
  frozenSeconds: number;
  /** Of the real Kafka. */
  launcher: string;
}

/** What a run leaves behind for the checks. */
export interface KafkaRun {
  folder: string;
  journal: Journal;
  slack: Slack;
  evidence: KafkaEvidence;
  readers: readonly Reader[];
  fleet: Fleet;
  trouble: Trouble;
  /** What went wrong while it settled. */
  unsettled: readonly string[];
  /** By api process: `provider` → records received, as /metrics said last. */
  served: ReadonlyMap<MemberName, ReadonlyMap<string, number>>;
}

const FINISH_WITHIN_MS = 120_000;

/** Senders, a Slack, a Kafka of three nodes and two processes of every role, and trouble; then a quiet end. */
export async function runKafkaChaos(
  options: KafkaChaosOptions,
  say: (line: string) => void,
): Promise<KafkaRun> {
  const { seed, rate, kills, seconds, partitions, launcher } = options;
  const folder = newFolder();
  say(`configuration and logs: ${folder}`);
  const cluster = await KafkaCluster.start(launcher, { nodes: 3, folder: join(folder, 'kafka') });
  const outages = new Outages(seed, Date.now(), seconds + 600);
  const slack = new Slack(new Random(seed * 7 + 1));
  const giveUp = new AbortController();
  let fleet: Fleet | null = null;
  try {
    await slack.listen();
    configure(folder, cluster.bootstrap, partitions);
    await makeTopics(cluster.bootstrap, partitions);
    const senders = cast(seed, outages, rate);
    const providers = senders.map(({ provider }) => provider);
    const env = (name: MemberName) => environment(providers, `${slack.url}/${name}`);
    fleet = await Fleet.create({ folder, env });
    for (const name of MEMBERS) fleet.start(name);
    await fleet.ready();
    say('all are ready');

    const journal = new Journal();
    const finish = new AbortController();
    const sending = senders.map((sender, index) => {
      const ports = fleet!.portsOf('receive');
      const context = {
        ports: index % 2 === 0 ? ports : ports.toReversed(),
        journal,
        token: tokenOf,
        random: new Random(seed * 13 + index),
        onSending: () => {},
      };
      return new Sender(sender, context).run(finish.signal, giveUp.signal);
    });
    const readers = [new Reader('api-1', fleet), new Reader('api-2', fleet)];
    const readingOver = new AbortController();
    const reading = readers.map((reader) => reader.run(readingOver.signal));

    const busy = busyPartitions(partitions);
    const flow = new Flow(cluster, partitions, busy);
    await flow.flows();
    const random = new Random(seed);
    const plan = planOf(random, {
      kills,
      sessionMs: SESSION_MS,
      frozenMs: options.frozenSeconds * 1_000,
    });
    const trouble = new Trouble({ random, fleet, cluster, flow, slack, outages, busy }, say);
    await trouble.run(plan, performance.now() + seconds * 1_000);

    say('enough; senders finish what they have');
    finish.abort();
    const patience = setTimeout(() => giveUp.abort(), FINISH_WITHIN_MS);
    await Promise.all(sending);
    clearTimeout(patience);
    const { served, unsettled } = await settled(fleet, flow, journal);
    // First those that publish: then what is shown is what there is.
    await Promise.all([fleet.stop('aggregate-1'), fleet.stop('aggregate-2')]);
    await sleep(1_000);
    readingOver.abort();
    await Promise.all(reading);
    for (const reader of readers) await reader.readAll();
    await Promise.all(MEMBERS.map((name) => fleet!.stop(name)));

    say('all stopped; reading what Kafka has');
    const { committed } = await flow.offsets();
    const evidence = await KafkaEvidence.of(cluster, committed);
    return { folder, journal, slack, evidence, readers, fleet, trouble, unsettled, served };
  } finally {
    giveUp.abort();
    await fleet?.end();
    slack.close();
    await cluster.stop();
  }
}

/** Where there are always requests. */
export function busyPartitions(partitions: number): number[] {
  const services = [...SERVICES.map((name) => `${name}.${NAMESPACE}`), 'payments', 'search'];
  return [...new Set(services.map((service) => partitionOf(service, partitions)))];
}
