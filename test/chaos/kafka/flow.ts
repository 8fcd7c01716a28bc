import { setTimeout as sleep } from 'node:timers/promises';
import type { KafkaCluster } from '../../kafka/cluster.ts';
import { GROUP, REQUESTS, withAdmin } from './setting.ts';

/** Of every partition of `requests`: one after its newest record, and what the aggregators have committed. */
export interface Offsets {
  ends: number[];
  committed: number[];
}

const ASK_EVERY_MS = 300;
const ANSWER_WITHIN_MS = 120_000;
const FLOWS_WITHIN_MS = 120_000;

/** Whether what comes in goes through: asks Kafka itself, whoever of it answers. */
export class Flow {
  readonly #cluster: KafkaCluster;
  readonly #partitions: number;
  /** Partitions that get records all the time. */
  readonly #busy: readonly number[];

  constructor(cluster: KafkaCluster, partitions: number, busy: readonly number[]) {
    this.#cluster = cluster;
    this.#partitions = partitions;
    this.#busy = busy;
  }

  /** Resolves when records appended from now on have been folded and committed in every busy partition. */
  async flows(): Promise<void> {
    const { ends } = await this.offsets();
    const late = performance.now() + FLOWS_WITHIN_MS;
    for (;;) {
      const { committed } = await this.offsets();
      const stuck = this.#busy.filter((partition) => committed[partition]! <= ends[partition]!);
      if (stuck.length === 0) return;
      if (performance.now() > late) {
        throw new Error(
          `partitions ${stuck} of requests stand at ${stuck.map((each) => committed[each])}; they had ended at ${stuck.map((each) => ends[each])} two minutes ago`,
        );
      }
      await sleep(ASK_EVERY_MS);
    }
  }

  /** Resolves when everything is committed. */
  async drained(): Promise<void> {
    const late = performance.now() + FLOWS_WITHIN_MS;
    for (;;) {
      const { ends, committed } = await this.offsets();
      if (ends.every((end, partition) => committed[partition] === end)) return;
      if (performance.now() > late) {
        throw new Error(
          `requests end at ${ends}, committed are ${committed}: nobody folds the rest`,
        );
      }
      await sleep(ASK_EVERY_MS);
    }
  }

  /** Resolves when every partition of `requests` is on all three nodes again. */
  async allInSync(): Promise<void> {
    const late = performance.now() + ANSWER_WITHIN_MS;
    for (;;) {
      const states = await this.#ask((admin) => admin.fetchTopicMetadata({ topics: [REQUESTS] }));
      const partitions = states.topics[0]!.partitions;
      if (partitions.every(({ isr }) => isr.length === this.#cluster.nodes.length)) return;
      if (performance.now() > late) throw new Error('not all nodes came back in sync');
      await sleep(500);
    }
  }

  async offsets(): Promise<Offsets> {
    return this.#ask(async (admin) => {
      const [ends, group] = await Promise.all([
        admin.fetchTopicOffsets(REQUESTS),
        admin.fetchOffsets({ groupId: GROUP, topics: [REQUESTS] }),
      ]);
      const of = <T extends { partition: number }>(all: readonly T[], number: number) =>
        all.find(({ partition }) => partition === number);
      const numbers = Array.from({ length: this.#partitions }, (_, number) => number);
      const own = group[0]?.partitions ?? [];
      return {
        ends: numbers.map((number) => Number(of(ends, number)?.high ?? 0)),
        committed: numbers.map((number) => Math.max(0, Number(of(own, number)?.offset ?? 0))),
      };
    });
  }

  async #ask<T>(use: Parameters<typeof withAdmin<T>>[1]): Promise<T> {
    for (const late = performance.now() + ANSWER_WITHIN_MS; ; ) {
      try {
        return await withAdmin(
          this.#cluster.answering.map(({ address }) => address),
          use,
        );
      } catch (error) {
        if (performance.now() > late) throw error;
        await sleep(ASK_EVERY_MS);
      }
    }
  }
}
