import { setTimeout as sleep } from 'node:timers/promises';
import type { KafkaCluster } from '../../kafka/cluster.ts';
import type { KafkaNode } from '../../kafka/node.ts';
import type { Random } from '../../random.ts';
import type { Slack } from '../slack.ts';
import { type Fleet, MEMBERS, type MemberName } from './fleet.ts';
import type { Flow } from './flow.ts';
import type { Outages } from './outages.ts';
import type { Fault, Kind } from './plan.ts';
import { REQUESTS } from './setting.ts';

/** A fault as it was. Times are ms since the epoch. */
export interface Suffered {
  kind: Kind;
  what: string;
  /** Processes that were killed or frozen. */
  members: readonly MemberName[];
  from: number;
  /** When what was killed ran again, or what was frozen was thawed. */
  back: number;
  /** Began while another fault than a kill of a process was not over. */
  within: boolean;
  /** From its beginning until records were folded and committed again in every partition, ms. */
  flowedAfterMs: number;
  /** When those processes were ready, or all brokers in sync. */
  over: number;
}

export interface World {
  random: Random;
  fleet: Fleet;
  cluster: KafkaCluster;
  flow: Flow;
  slack: Slack;
  outages: Outages;
  busy: readonly number[];
}

/** For breakers to open. */
const TRIP_MS = 2_500;
const MID_SEND_WITHIN_MS = 5_000;

interface Deed {
  what: string;
  members: readonly MemberName[];
  /** Resolves when what was killed runs again. */
  undo(): Promise<void>;
}

/** Does what a plan says. Kills of processes fall into other faults, those follow one after the other. */
export class Trouble {
  readonly suffered: Suffered[] = [];
  readonly problems: string[] = [];
  #others = 0;
  readonly #frozenMembers = new Set<MemberName>();
  readonly #world: World;
  readonly #say: (line: string) => void;

  constructor(world: World, say: (line: string) => void) {
    this.#world = world;
    this.#say = say;
  }

  /** Ends when all is well again after the last fault; none begins after `untilMs`. */
  async run(plan: readonly Fault[], untilMs: number): Promise<void> {
    let other: Promise<void> = Promise.resolve();
    let kills: Promise<void>[] = [];
    for (const fault of plan) {
      await sleep(fault.pauseMs);
      if (performance.now() > untilMs) break;
      if (fault.kind === 'process killed') {
        await this.#isUp(fault.member);
        kills.push(this.#suffer(fault));
        continue;
      }
      await other;
      if (fault.kind === 'full restart') {
        await Promise.all(kills);
        kills = [];
        await this.#suffer(fault);
      } else other = this.#suffer(fault);
    }
    await Promise.all([other, ...kills]);
  }

  async #suffer(fault: Fault): Promise<void> {
    const { fleet, flow } = this.#world;
    const other = fault.kind === 'process killed' ? 0 : 1;
    this.#others += other;
    try {
      const begun = await this.#begin(fault);
      const within = fault.kind === 'process killed' && this.#others > 0;
      const from = Date.now();
      const deed = await begun();
      const flowing = flow.flows().then(
        () => Date.now() - from,
        (error: Error) => {
          this.problems.push(`${fault.kind} (${deed.what}): ${error.message}`);
          return Number.POSITIVE_INFINITY;
        },
      );
      await sleep(fault.forMs);
      await deed.undo();
      const back = Date.now();
      const flowedAfterMs = await flowing;
      const { kind } = fault;
      const { what, members } = deed;
      const brokers = members.length === 0 || kind === 'full restart';
      await Promise.all([fleet.ready(members), brokers ? flow.allInSync() : null]);
      const over = Date.now();
      const suffered = { kind, what, members, from, back, within, flowedAfterMs, over };
      this.suffered.push(suffered);
      const seconds = (ms: number) => (ms / 1_000).toFixed(1);
      this.#say(
        `${kind} (${what}): flows after ${seconds(flowedAfterMs)} s, over after ${seconds(suffered.over - from)} s`,
      );
    } catch (error) {
      this.problems.push(`${fault.kind}: ${error instanceof Error ? error.message : error}`);
    } finally {
      this.#others -= other;
    }
  }

  /** Waits for its moment; what is returned does it. */
  async #begin(fault: Fault): Promise<() => Promise<Deed>> {
    const { random, cluster, flow, busy, slack, fleet } = this.#world;
    switch (fault.kind) {
      case 'process killed': {
        const { member } = fault;
        if (member.startsWith('notify') && random.next() < 0.6) await this.#midSend();
        return () => this.#killed([member]);
      }
      case 'partition leader killed': {
        await flow.allInSync();
        const partition = random.pick(busy);
        const leader = await cluster.leaderOf(REQUESTS, partition);
        return () => brokerKilled(leader, `node ${leader.id}, of partition ${partition}`);
      }
      case 'controller killed': {
        await flow.allInSync();
        const controller = await cluster.controller();
        return () => brokerKilled(controller, `node ${controller.id}`);
      }
      case 'broker frozen': {
        await flow.allInSync();
        const node = random.pick(cluster.nodes);
        return async () => {
          node.freeze();
          const what = `node ${node.id}, ${(fault.forMs / 1_000).toFixed(0)} s`;
          return { what, members: [], undo: async () => node.thaw() };
        };
      }
      case 'aggregator frozen': {
        const member = random.pick(['aggregate-1', 'aggregate-2'] as const);
        await this.#isMember(member);
        return () => this.#frozen(member);
      }
      case 'notifier frozen': {
        await this.#midSend();
        const last = slack.arrivals.at(-1)?.path.split('/').at(-1);
        const member = MEMBERS.find((name) => name === last) ?? 'notify-1';
        await this.#isMember(member);
        return () => this.#frozen(member);
      }
      case 'rebalance during a trip':
        return () => this.#rebalanced(random.pick(['aggregate-1', 'aggregate-2'] as const));
      case 'full restart':
        return async () => {
          await Promise.all([fleet.killAll(), ...cluster.nodes.map((node) => node.kill())]);
          const undo = async () => {
            await Promise.all(cluster.nodes.map((node) => node.start()));
            for (const name of MEMBERS) fleet.start(name);
          };
          return { what: 'everything', members: MEMBERS, undo };
        };
    }
  }

  async #killed(members: readonly MemberName[]): Promise<Deed> {
    const { fleet } = this.#world;
    await Promise.all(members.map((name) => fleet.kill(name)));
    const undo = async () => {
      for (const name of members) fleet.start(name);
    };
    return { what: members.join(', '), members, undo };
  }

  async #frozen(member: MemberName): Promise<Deed> {
    const { fleet } = this.#world;
    fleet.freeze(member);
    this.#frozenMembers.add(member);
    const undo = async () => {
      fleet.thaw(member);
      this.#frozenMembers.delete(member);
    };
    return { what: member, members: [member], undo };
  }

  async #rebalanced(member: MemberName): Promise<Deed> {
    const { fleet, outages } = this.#world;
    outages.everywhere = true;
    await sleep(TRIP_MS);
    await fleet.stop(member);
    const undo = async () => {
      fleet.start(member);
      await sleep(TRIP_MS);
      outages.everywhere = false;
    };
    return { what: `${member} left and came back`, members: [member], undo };
  }

  /** Slack has a message and has not answered, if one comes soon. */
  async #midSend(): Promise<void> {
    await Promise.race([this.#world.slack.nextArrival(), sleep(MID_SEND_WITHIN_MS)]);
  }

  /** What is frozen stays so until it is thawed. */
  async #isUp(member: MemberName): Promise<void> {
    while (!this.#world.fleet.isUp(member) || this.#frozenMembers.has(member)) await sleep(100);
  }

  async #isMember(member: MemberName): Promise<void> {
    while (!this.#world.fleet.isReady(member)) await sleep(100);
  }
}

async function brokerKilled(node: KafkaNode, what: string): Promise<Deed> {
  await node.kill();
  return { what, members: [], undo: () => node.start() };
}
